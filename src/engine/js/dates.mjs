/*
 * Dates, instants and numbers as the calendar functions take and give them: reads what FEEL hands over, refuses
 * nonsense with a Danish text. Dates are days since 1970-01-01, instants milliseconds since then.
 */
import { DateTime, FixedOffsetZone } from 'luxon';

const FIRST_YEAR = 1990;
const LAST_YEAR = 2100;
export const FIRST_BIRTH_YEAR = 1900;
export const MINUTE = 60000;
export const DAY = 86400000;
export const THURSDAY = 3;

export const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const CLOCK = /^(\d{2}):(\d{2})(?::(\d{2}))?$/;

/** What a calendar function says when it cannot answer. */
export class Refusal {
  constructor(text) {
    this.text = text;
  }
}

/** Monday is 0. 1970-01-01 was a Thursday. */
export function weekday(day) {
  return (((day + THURSDAY) % 7) + 7) % 7;
}

export function dayOf(local) {
  return Math.floor(local / DAY);
}

/** Days since 1970-01-01; a day or month outside its bounds rolls over as in a calendar. */
export function dayNumber(year, month, day) {
  return Date.UTC(year, month - 1, day) / DAY;
}

export function civil(day) {
  const date = new Date(day * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function addMonths(day, n) {
  const from = civil(day);
  const target = inRange(dayNumber(from.year, from.month + n, 1));
  const next = dayNumber(from.year, from.month + n + 1, 1);
  return inRange(Math.min(target + from.day - 1, next - 1));
}

export function feelDate(day) {
  return DateTime.fromMillis(day * DAY, { zone: FixedOffsetZone.utcInstance });
}

/** The FEEL date of a plain "2026-01-31"; nothing for any other text or a day that does not exist. */
export function plainDate(text) {
  const match = typeof text === 'string' ? DATE.exec(text) : null;
  if (match === null || +match[1] < 1000) return undefined;
  const day = dayNumber(+match[1], +match[2], +match[3]);
  const back = civil(day);
  return back.month === +match[2] && back.day === +match[3] ? feelDate(day) : undefined;
}

export function inRange(day, firstYear = FIRST_YEAR) {
  if (day < dayNumber(firstYear, 1, 1) || day > dayNumber(LAST_YEAR, 12, 31) || Number.isNaN(day)) {
    const reached = Math.abs(day) < 1e6 ? new Date(day * DAY).toISOString().slice(0, 10) : 'Datoen';
    throw new Refusal(`${reached} ligger uden for årene ${firstYear}-${LAST_YEAR}.`);
  }
  return day;
}

export function isDate(value) {
  return (
    value.zone === FixedOffsetZone.utcInstance && value.hour + value.minute + value.second + value.millisecond === 0
  );
}

export function shown(value) {
  if (DateTime.isDateTime(value)) {
    return isDate(value) ? value.toISODate() : value.toISO({ suppressMilliseconds: true });
  }
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The local day of a FEEL date, a FEEL date-time, or an ISO string of either. */
export function toDay(value, zone) {
  if (DateTime.isDateTime(value) && value.isValid) {
    return isDate(value) ? dayOf(value.toMillis()) : dayOf(zone.localOf(value.toMillis()));
  }
  if (typeof value === 'string') {
    const date = DATE.exec(value);
    if (date) return checkedDay(date, value);
    const moment = DATE_TIME.exec(value);
    if (moment) return dayOf(zone.localOf(checkedInstant(moment, value, zone)));
  }
  throw notA('en dato (åååå-mm-dd)', value, 'Datoen');
}

/** The instant of a FEEL date-time or an ISO string of one; without an offset it is Copenhagen's wall clock. */
export function toInstant(value, zone) {
  if (DateTime.isDateTime(value) && value.isValid && !isDate(value)) return value.toMillis();
  if (typeof value === 'string') {
    const moment = DATE_TIME.exec(value);
    if (moment) return checkedInstant(moment, value, zone);
  }
  throw notA('et tidspunkt (åååå-mm-ddTtt:mm)', value, 'Tidspunktet');
}

function checkedDay(match, value) {
  const day = dayNumber(+match[1], +match[2], +match[3]);
  const back = civil(day);
  if (+match[1] < 100 || back.month !== +match[2] || back.day !== +match[3]) {
    throw new Refusal(`${shown(value)} findes ikke i kalenderen.`);
  }
  return day;
}

function checkedInstant(match, value, zone) {
  const [hour, minute, second] = [+match[4], +match[5], +(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) throw new Refusal(`${shown(value)} findes ikke på uret.`);
  const local = checkedDay(match, value) * DAY + ((hour * 60 + minute) * 60 + second) * 1000;
  const offset = match[7];
  if (!offset) return zone.instantOf(local);
  if (offset === 'Z') return local;
  const minutes = +offset.slice(1, 3) * 60 + +offset.slice(-2);
  return local - (offset[0] === '-' ? -minutes : minutes) * MINUTE;
}

/** Milliseconds after midnight of "HH:MM", "HH:MM:SS" or a FEEL time. */
export function timeOfDay(value) {
  if (DateTime.isDateTime(value) && value.isValid && value.year === 1900) {
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000;
  }
  const match = typeof value === 'string' ? CLOCK.exec(value) : null;
  if (!match || +match[1] > 23 || +match[2] > 59 || +(match[3] ?? 0) > 59) {
    throw notA('et klokkeslæt (tt:mm)', value, 'Klokkeslættet');
  }
  return ((+match[1] * 60 + +match[2]) * 60 + +(match[3] ?? 0)) * 1000;
}

function notA(kind, value, what) {
  if (value === null || value === undefined) return new Refusal(`${what} mangler.`);
  return new Refusal(`${shown(value)} er ikke ${kind}.`);
}

export function whole(n) {
  if (n === null || n === undefined) throw new Refusal('Antallet mangler.');
  if (typeof n !== 'number' || !Number.isInteger(n) || Math.abs(n) > 100000) {
    throw new Refusal(`Antallet skal være et helt tal, ikke ${shown(n)}.`);
  }
  return n;
}

export function count(n, other) {
  if (whole(n) < 0) {
    throw new Refusal(`Antallet må ikke være negativt (${n}).${other ? ` Brug ${other}.` : ''}`);
  }
  return n;
}

/** The first (direction -1) or last (1) of some dates, or of some date-times. */
export function extreme(values, zone, direction) {
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  if (list.length === 0) throw new Refusal('Der er ingen datoer at vælge imellem.');
  const dates = list.map((value) => (DateTime.isDateTime(value) ? isDate(value) : DATE.test(value)));
  if (dates.some((isDateHere) => isDateHere !== dates[0])) {
    throw new Refusal('Datoer og tidspunkter kan ikke blandes.');
  }
  const found = list
    .map((value) => (dates[0] ? inRange(toDay(value, zone), FIRST_BIRTH_YEAR) : toInstant(value, zone)))
    .reduce((best, one) => ((one - best) * direction > 0 ? one : best));
  return dates[0] ? feelDate(found) : DateTime.fromMillis(found, { zone });
}
