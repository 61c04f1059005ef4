/*
 * The Danish calendar as FEEL functions. The one home of these rules: the server runs this file inside its
 * sandbox, the browser inside form-js, so both give the same answer.
 *
 * Everything that is a choice or a fact of the world comes in as data: the days that are closed and the zone's
 * transitions. Dates count as days since 1970-01-01; instants as milliseconds since then.
 *
 * A function that is given nonsense calls `report` with a Danish text and gives null, as FEEL's own functions
 * do: the server turns the text into an error, a form that is only half filled simply has no value yet.
 */
import { DateTime } from 'luxon';

import {
  DATE, DAY, FIRST_BIRTH_YEAR, MINUTE, Refusal, THURSDAY, addMonths, civil, count, dayNumber, dayOf, extreme, feelDate,
  inRange, isDate, shown, timeOfDay, toDay, toInstant, weekday, whole,
} from './dates.mjs';

const WEEKDAYS = ['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'];
const MONTHS = [
  'januar', 'februar', 'marts', 'april', 'maj', 'juni', 'juli', 'august', 'september', 'oktober', 'november', 'december',
];
/** When a Samarbejdsmøde may lie: weekday -> minutes after midnight. SM-16, SM-17. */
const SM_WINDOWS = { 0: [8 * 60, 15 * 60], [THURSDAY]: [9 * 60 + 15, 16 * 60] };
const NOON = 12 * 60;

/**
 * FEEL's clock: the values `nu` and `i_dag`, and `now()` and `today()` that agree with them.
 * `instant` is milliseconds; parts of a second are dropped.
 */
export function clock(instant, zone) {
  const whole = Math.floor(instant / 1000) * 1000;
  const nu = () => DateTime.fromMillis(whole, { zone });
  const today = () => feelDate(Math.floor(zone.localOf(whole) / DAY));
  return {
    get nu() {
      return nu();
    },
    get i_dag() {
      return today();
    },
    now: named(nu, []),
    today: named(today, []),
  };
}

/**
 * The calendar functions by their FEEL names.
 *
 * @param {{ closing: number[], zone: CopenhagenZone, report: (text: string) => void }} options
 *   `closing`: the days from 1990 to 2100 that are public holidays or closing days.
 */
export function calendar({ closing, zone, report }) {
  const closed = new Set(closing);

  /** Run a function's body; what it refuses is reported in the function's name. */
  function rule(name, parameters, body, needed = parameters.length) {
    return named((...values) => {
      try {
        return body(...values);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        report(`${name}: ${refusal.text}`);
        return null;
      }
    }, parameters, needed);
  }

  const isWorkingDay = (day) => weekday(day) < 5 && !closed.has(day);

  /** The n-th working day from `day` in `direction`; day 0 is the day itself, whatever it is. */
  function workingDays(day, n, direction) {
    for (let left = n; left > 0; ) {
      day = inRange(day + direction);
      if (isWorkingDay(day)) left -= 1;
    }
    return day;
  }

  function lastWorkingDay(day) {
    while (!isWorkingDay(day)) day = inRange(day - 1);
    return day;
  }

  function nextMeeting(day) {
    while (weekday(day) !== THURSDAY || !isWorkingDay(day)) day = inRange(day + 1);
    return day;
  }

  /** The day of the material limit: the week's Monday, else the next working day before the meeting. FF-33 */
  function materialDay(meeting) {
    for (let day = meeting - weekday(meeting); day < meeting; day += 1) {
      if (isWorkingDay(inRange(day))) return day;
    }
    return workingDays(meeting, 1, -1);
  }

  const materialLimit = (meeting) => zone.instantOf(materialDay(meeting) * DAY + NOON * MINUTE);

  const dateTime = (instant) => DateTime.fromMillis(instant, { zone });
  const day = (value) => inRange(toDay(value, zone));
  const birth = (value) => inRange(toDay(value, zone), FIRST_BIRTH_YEAR);

  return {
    er_arbejdsdag: rule('er_arbejdsdag', ['d'], (d) => isWorkingDay(day(d))),

    arbejdsdage_efter: rule('arbejdsdage_efter', ['d', 'n'], (d, n) =>
      feelDate(workingDays(day(d), count(n, 'arbejdsdage_foer'), 1))),

    arbejdsdage_foer: rule('arbejdsdage_foer', ['d', 'n'], (d, n) =>
      feelDate(workingDays(day(d), count(n, 'arbejdsdage_efter'), -1))),

    arbejdsfrist: rule('arbejdsfrist', ['d'], (d) => feelDate(lastWorkingDay(day(d)))),

    dage_efter: rule('dage_efter', ['d', 'n'], (d, n) => feelDate(inRange(day(d) + count(n, 'dage_foer')))),

    dage_foer: rule('dage_foer', ['d', 'n'], (d, n) => feelDate(inRange(day(d) - count(n, 'dage_efter')))),

    dage_mellem: rule('dage_mellem', ['fra', 'til'], (fra, til) => day(til) - day(fra)),

    maaneder_efter: rule('maaneder_efter', ['d', 'n'], (d, n) => feelDate(addMonths(day(d), whole(n)))),

    ugedag: rule('ugedag', ['d'], (d) => WEEKDAYS[weekday(day(d))]),

    dansk_dato: rule('dansk_dato', ['d'], (d) => {
      const { year, month, day: ofMonth } = civil(birth(d));
      return `${ofMonth}. ${MONTHS[month - 1]} ${year}`;
    }),

    ff_naeste_moede: rule('ff_naeste_moede', ['d'], (d) => feelDate(nextMeeting(day(d)))),

    ff_tidligste_moede: rule('ff_tidligste_moede', ['klar'], (klar) => {
      const ready = toInstant(klar, zone);
      let meeting = nextMeeting(inRange(dayOf(zone.localOf(ready))));
      while (materialLimit(meeting) <= ready) meeting = nextMeeting(meeting + 1);
      return feelDate(meeting);
    }),

    ff_materialefrist: rule('ff_materialefrist', ['moede'], (moede) => dateTime(materialLimit(day(moede)))),

    ff_paamindelse: rule('ff_paamindelse', ['moede'], (moede) => {
      const reminder = workingDays(materialDay(day(moede)), 1, -1);
      return dateTime(zone.instantOf(reminder * DAY + NOON * MINUTE));
    }),

    sm_vindue_ok: rule('sm_vindue_ok', ['start', 'slut'], (start, slut) => {
      const from = zone.localOf(toInstant(start, zone));
      const to = zone.localOf(toInstant(slut, zone));
      const meeting = inRange(dayOf(from));
      const window = SM_WINDOWS[weekday(meeting)];
      if (!window || !isWorkingDay(meeting) || dayOf(to) !== meeting || to <= from) return false;
      const midnight = meeting * DAY;
      return from >= midnight + window[0] * MINUTE && to <= midnight + window[1] * MINUTE;
    }),

    alder: rule('alder', ['foedt', 'd'], (foedt, d) => {
      const born = civil(birth(foedt));
      const on = civil(day(d));
      const before = on.month < born.month || (on.month === born.month && on.day < born.day);
      const years = on.year - born.year - (before ? 1 : 0);
      if (years < 0) throw new Refusal(`${shown(foedt)} ligger efter ${shown(d)}.`);
      return years;
    }),

    foedselsdag: rule('foedselsdag', ['foedt', 'n'], (foedt, n) => {
      const born = civil(birth(foedt));
      // 29 February rolls over to 1 March in a common year, which is the rule
      return feelDate(inRange(dayNumber(born.year + count(n), born.month, born.day), FIRST_BIRTH_YEAR));
    }),

    tidspunkt: rule('tidspunkt', ['dato', 'klokken'], (date, time) => {
      if (time === undefined) return dateTime(toInstant(date, zone));
      return dateTime(zone.instantOf(day(date) * DAY + timeOfDay(time)));
    }, 1),

    dato: rule('dato', ['tidspunkt'], (value) => feelDate(inRange(toDay(value, zone), FIRST_BIRTH_YEAR))),

    er_dato: rule('er_dato', ['x'], (x) => (DateTime.isDateTime(x) ? isDate(x) : typeof x === 'string' && DATE.test(x))),

    tidligste: rule('tidligste', ['...datoer'], (...values) => extreme(values, zone, -1)),

    seneste: rule('seneste', ['...datoer'], (...values) => extreme(values, zone, 1)),
  };
}

/** Tell FEEL the parameters' names, and how many must be given. */
function named(fn, parameters, needed = parameters.length) {
  fn.$args = parameters;
  fn.needed = needed;
  return fn;
}
