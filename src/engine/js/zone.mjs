/*
 * Europe/Copenhagen for luxon, from its transitions as data, so that FEEL means the same time on every machine.
 */
import { DateTime, FixedOffsetZone, Settings, SystemZone, Zone } from 'luxon';

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
    // 'system' makes luxon take it for the same zone as the system's, see installZone
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

/**
 * Make Copenhagen the local zone of every FEEL date-time, wherever the machine stands, and the names of days and
 * months English, as FEEL has them. Call it once, before the first expression.
 */
export function installZone(zone) {
  for (const member of ['type', 'name', 'isUniversal', 'isValid', 'offset', 'offsetName', 'formatOffset', 'equals']) {
    const own = Object.getOwnPropertyDescriptor(CopenhagenZone.prototype, member);
    Object.defineProperty(SystemZone.prototype, member, own);
  }
  SystemZone.instance.transitions = zone.transitions;
  Settings.defaultLocale = 'en-US';
  // luxon guesses an offset from its first `now` and a time that is shown twice follows the guess; a summer
  // instant makes it the first of the two always.
  Settings.resetCaches();
  const now = Settings.now;
  Settings.now = () => Date.UTC(2026, 6, 1);
  DateTime.fromISO('2026-07-01T00:00:00');
  Settings.now = now;
}
