/*
 * Europe/Copenhagen for luxon, from its transitions as data, so that FEEL means the same time on every machine.
 */
import { FixedOffsetZone, Settings, SystemZone, Zone } from 'luxon';

import { MINUTE } from './dates.mjs';

/**
 * Europe/Copenhagen from its transitions, a list of [first instant, minutes east of UTC], oldest first.
 * Before the first one it is winter time.
 */
export class CopenhagenZone extends Zone {
  constructor(transitions) {
    super();
    this.transitions = transitions;
  }

  get type() {
    // 'system' makes luxon take it for the same zone as the system's, see inZone
    return 'system';
  }

  get name() {
    return 'Europe/Copenhagen';
  }

  get isUniversal() {
    return false;
  }

  get isValid() {
    return true;
  }

  offset(instant) {
    const table = this.transitions;
    let low = 0;
    let high = table.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (table[middle][0] <= instant) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 60 : table[low - 1][1];
  }

  offsetName(instant) {
    return this.offset(instant) === 60 ? 'CET' : 'CEST';
  }

  formatOffset(instant, format) {
    return FixedOffsetZone.instance(this.offset(instant)).formatOffset(instant, format);
  }

  equals(other) {
    return other.type === 'system';
  }

  /**
   * The instant at which Copenhagen's clocks show `local` (milliseconds as if the wall clock were UTC).
   * A time that the clocks skip in March is read with winter time and so comes out an hour later on the clock;
   * a time that they show twice in October is the first of the two.
   */
  instantOf(local) {
    const summer = local - 120 * MINUTE;
    if (this.offset(summer) === 120) return summer;
    return local - 60 * MINUTE;
  }

  /** What Copenhagen's clocks show at `instant`, in milliseconds as if the wall clock were UTC. */
  localOf(instant) {
    return instant + this.offset(instant) * MINUTE;
  }
}

/** The zone in force while `inZone` runs, else null. */
let current = null;
const MEMBERS = ['type', 'name', 'isUniversal', 'isValid', 'offset', 'offsetName', 'formatOffset', 'equals'];
/**
 * luxon guesses the offset of a wall-clock time from its `now`, and a time that is shown twice follows the guess. A
 * summer instant makes it the first of the two always. What FEEL calls now is not asked of luxon, see `clock`.
 */
const SOME_SUMMER_DAY = Date.UTC(2026, 6, 1);

/**
 * Run `body` with Copenhagen as the local zone of FEEL's date-times, wherever the machine stands, and with English
 * names of days and months, as FEEL has them. Outside of it luxon is as it was: form-js's own date fields need that.
 */
export function inZone(zone, body) {
  patchOnce();
  const before = [current, Settings.now, Settings.defaultLocale];
  [current, Settings.now, Settings.defaultLocale] = [zone, () => SOME_SUMMER_DAY, 'en-US'];
  try {
    return body();
  } finally {
    [current, Settings.now, Settings.defaultLocale] = before;
  }
}

/** Let luxon's system zone answer as the zone in force does, when there is one. */
function patchOnce() {
  if (Object.hasOwn(SystemZone.prototype, PATCHED)) return;
  SystemZone.prototype[PATCHED] = true;
  for (const member of MEMBERS) {
    const own = Object.getOwnPropertyDescriptor(SystemZone.prototype, member);
    const redirected = own.get
      ? { get() { return current ? current[member] : own.get.call(this); } }
      : { value(...values) { return current ? current[member](...values) : own.value.apply(this, values); } };
    Object.defineProperty(SystemZone.prototype, member, { configurable: true, ...redirected });
  }
}

const PATCHED = Symbol('copenhagen');
