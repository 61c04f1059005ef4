/*
 * FEEL inside the sandbox: what src/engine/sandbox.py calls. Text in, text out: an answer starts with '=' and holds
 * the value as JSON, or starts with '!' and holds a Danish text that says what is wrong.
 */
import { setZone } from './intl.mjs';

import { Duration } from 'luxon';
import { InterpreterContext, builtins, getType, interpreter, parseUnaryTests, seams } from '@bpmn-io/feelin';

import { calendar, clock } from './calendar.mjs';
import { compared } from './cells.mjs';
import { plainDate } from './dates.mjs';
import { PREFIX, marked, mentions } from './names.mjs';
import { CopenhagenZone, inZone } from './zone.mjs';

/**
 * A parsed expression takes 200 to 350 bytes per character: 53 MB at most, which leaves room for garbage. All that ships
 * (some 100,000 characters) must fit: where it does not, nearly everything is parsed anew, at 3 ms an expression.
 */
const KEPT_CHARACTERS = 150_000;
const LONGEST_ANSWER = 1_000_000;
const CLOCK_NAMES = ['nu', 'i_dag'];
const TEMPORAL = ['date', 'time', 'date time', 'duration'];
const KINDS = {
  nil: 'tom værdi',
  boolean: 'ja/nej',
  number: 'tal',
  string: 'tekst',
  context: 'sammensat værdi',
  list: 'liste',
  duration: 'varighed',
  time: 'klokkeslæt',
  date: 'dato',
  'date time': 'tidspunkt',
  range: 'interval',
  function: 'funktion',
  literal: 'ukendt værdi',
};

let zone = null;
/** The functions that are ours, for their names only. */
let rules = {};
let now = 0;
/** What went wrong during the expression that runs now; the first one is told. */
let problems = [];
const calendars = new Map();
const expressions = new Map();
let keptCharacters = 0;

class Failure {
  constructor(text) {
    this.text = text;
  }
}

seams.ordered = (bound, value) => {
  const [a, b] = [getType(bound), getType(value)];
  if (a !== b && a !== 'nil' && b !== 'nil') problems.push(unlike(a, b));
};

seams.compared = (a, b) => {
  const mixed = a !== b && ['date', 'date time'].includes(a) && ['date', 'date time'].includes(b);
  const text = (TEMPORAL.includes(a) && b === 'string') || (TEMPORAL.includes(b) && a === 'string');
  if (mixed || text) problems.push(unlike(a, b));
};

seams.made = (value, given, text) => {
  const values = Array.isArray(given) ? given : Object.values(given);
  if (value === null && values.every((one) => getType(one) !== 'nil')) {
    problems.push(`${short(text)} giver ingen dato, tid eller varighed.`);
  }
};

seams.date = plainDate;

function report(text) {
  problems.push(text);
}

function unlike(a, b) {
  const kinds = [a, b].sort().join();
  let hint = '';
  if (kinds === 'date,date time') hint = ' Brug dato(...) eller tidspunkt(...) på den ene.';
  else if (kinds === 'date,string') hint = ' Skriv date(...) eller dato(...) om teksten.';
  else if (kinds === 'date time,string') hint = ' Skriv tidspunkt(...) om teksten.';
  const text = `${KINDS[a]} og ${KINDS[b]} kan ikke sammenlignes.${hint}`;
  return text[0].toUpperCase() + text.slice(1);
}

/** Parse once, keep the most recent. `kind` is 'expression' or 'unary'. */
function compile(kind, text) {
  const key = (kind === 'unary' ? 'u' : 'e') + text;
  let kept = expressions.get(key);
  if (kept !== undefined) {
    expressions.delete(key);
    expressions.set(key, kept);
    return kept;
  }
  const parse = kind === 'unary' ? interpreter.unaryTest : interpreter.evaluate;
  const log = new InterpreterContext();
  let { root, parseTree } = parse.call(interpreter, text, {}, undefined, log);
  const names = mentions(parseTree, text, rules);
  const seen = marked(text, names, rules);
  if (seen !== text) ({ root } = parse.call(interpreter, seen, {}, undefined, log));
  kept = { text: seen, root, log, names, called: [...names.calls.keys()].filter((name) => Object.hasOwn(rules, name)) };
  expressions.set(key, kept);
  keptCharacters += key.length;
  while (keptCharacters > KEPT_CHARACTERS) {
    const [oldest] = expressions.keys();
    expressions.delete(oldest);
    keptCharacters -= oldest.length;
  }
  return kept;
}

/** Put the functions that the expression calls, and the clock, where FEEL looks for names. */
function furnish({ called, names }, context, known) {
  for (const name of called) context[PREFIX + name] = known[name] ?? hand(name);
  for (const name of CLOCK_NAMES) if (names.reads.has(name)) context[name] = clock(now, zone)[name];
}

/** `now` and `today`, when they are called. */
function hand(name) {
  return clock(now, zone)[name];
}

/** The value of a parsed expression. Raises Failure for what is worse than a name not found. */
function work(compiled, context, known, lenient) {
  problems = [];
  compiled.log.warnings = [];
  furnish(compiled, context, known);
  const value = compiled.root(context);
  if (!lenient) complain(compiled);
  return value;
}

function complain({ log, text }) {
  for (const warning of log.warnings) {
    const trouble = told(warning, text);
    if (trouble) throw new Failure(trouble);
  }
  if (problems.length > 0) throw new Failure(problems[0]);
}

function told({ type, position, details }, text) {
  const piece = text.slice(position.from, position.to).replaceAll(PREFIX, '');
  const name = piece.split('(')[0].trim();
  switch (type) {
    case 'NO_VARIABLE_FOUND':
    case 'NO_CONTEXT_ENTRY_FOUND':
    case 'NO_PROPERTY_FOUND':
      return null;
    case 'NO_FUNCTION_FOUND':
      return `Funktionen »${short(name)}« findes ikke.`;
    case 'FUNCTION_INVOCATION_FAILURE':
      return `Funktionen »${short(name)}« får ikke de værdier, den skal have.`;
    case 'INVALID_TYPE': {
      const { left, right } = details.values;
      return `Der kan ikke regnes (${piece}) med ${KINDS[getType(left)]} og ${KINDS[getType(right)]}.`;
    }
    default:
      return `Udtrykket kan ikke regnes ud ved »${short(piece)}«.`;
  }
}

function short(text) {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** JSON of a FEEL value: dates YYYY-MM-DD, date-times with offset, times HH:MM:SS, durations ISO. */
function plain(value) {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  switch (getType(value)) {
    case 'nil':
      return null;
    case 'number':
      if (!Number.isFinite(value)) throw new Failure('Tallet er for stort.');
      return value;
    case 'list':
      return value.map(plain);
    case 'context': {
      const copy = {};
      for (const key of Object.keys(value)) copy[key] = plain(value[key]);
      return copy;
    }
    case 'date':
      return value.toISODate();
    case 'time':
      return value.toFormat('HH:mm:ss');
    case 'date time':
      return value.startOf('second').toISO({ suppressMilliseconds: true });
    case 'duration':
      return isoDuration(value);
    default:
      throw new Failure('Udtrykket giver ikke en værdi.');
  }
}

/** Years and months as such; days are never counted into months, as FEEL's own text of a duration does. */
function isoDuration(duration) {
  const { years = 0, quarters = 0, months = 0, ...rest } = duration.toObject();
  const whole = years * 12 + quarters * 3 + months;
  const days = Duration.fromObject(rest).shiftTo('days', 'hours', 'minutes', 'seconds');
  const parts = {
    years: Math.trunc(whole / 12),
    months: whole % 12,
    ...days.set({ seconds: Math.trunc(days.seconds) }).toObject(),
  };
  const values = Object.values(parts);
  if (values.some((part) => part < 0) && values.every((part) => part <= 0)) {
    return `-${Duration.fromObject(parts).negate().toISO()}`;
  }
  return Duration.fromObject(parts).toISO();
}

function syntaxError({ input, position }) {
  if (position === undefined) return 'Udtrykket kan ikke læses.';
  const place = input ? `»${short(input.trim())}« ` : '';
  return `Udtrykket kan ikke læses: ${place}ved tegn ${position.from + 1}.`;
}

/**
 * Put a long answer together. Never with + or a template: the engine then keeps a long text as a rope of its
 * parts, which the Python side cannot read.
 */
function flat(...parts) {
  return parts.join('');
}

/** Run `body` and write its answer; only the sandbox's own limits come out as an error. */
function answer(body) {
  try {
    const text = JSON.stringify(inZone(zone, body));
    if (text.length > LONGEST_ANSWER) return '!Resultatet er for stort.';
    return flat('=', text);
  } catch (error) {
    if (error instanceof Failure) return `!${error.text}`;
    if (isLimit(error)) throw error;
    if (error.input !== undefined || error.position !== undefined) return `!${syntaxError(error)}`;
    return '!Udtrykket kan ikke regnes ud med de værdier, det får.';
  }
}

function isLimit(error) {
  return !(error instanceof Error) || error instanceof InternalError || /call stack|out of memory/.test(error.message);
}

function at(instant, key) {
  now = instant;
  return calendars.get(key);
}

globalThis.feel = {
  /** Once, first: `transitions` of Europe/Copenhagen, JSON of [[instant, minutes], ...]. */
  start(transitions) {
    zone = new CopenhagenZone(JSON.parse(transitions));
    setZone(zone);
    const { now: instant, today } = clock(now, zone);
    rules = { ...calendar({ closing: [], zone, report }), now: instant, today };
  },

  /** Make the calendar functions for a set of closed days (JSON list of days since 1970) known under `key`. */
  addCalendar(key, closing) {
    calendars.set(key, calendar({ closing: JSON.parse(closing), zone, report }));
  },

  forgetCalendar(key) {
    calendars.delete(key);
  },

  evaluate(text, context, instant, key) {
    return answer(() => plain(work(compile('expression', text), JSON.parse(context), at(instant, key), false)));
  },

  /** As form-js has it: what cannot be worked out is null. */
  formValue(text, context, instant, key) {
    return answer(() => {
      try {
        return plain(work(compile('expression', text), JSON.parse(context), at(instant, key), true));
      } catch (error) {
        if (isLimit(error)) throw error;
        return null;
      }
    });
  },

  /** As form-js reads `conditional.hide`: unary tests of nothing; what cannot be worked out does not hold. */
  formCondition(text, context, instant, key) {
    return answer(() => {
      try {
        return work(compile('unary', text), JSON.parse(context), at(instant, key), true)(null) === true;
      } catch (error) {
        if (isLimit(error)) throw error;
        return false;
      }
    });
  },

  /** Is the regular expression found in the text, as `validate.pattern` of a form has it? */
  matches(pattern, text) {
    return answer(() => {
      try {
        return new RegExp(pattern).test(text);
      } catch (error) {
        if (isLimit(error)) throw error;
        throw new Failure('Mønsteret kan ikke læses.');
      }
    });
  },

  /** Does the value `?` of the context pass the unary tests? */
  unary(text, context, instant, key) {
    return answer(() => passes(compile('unary', text), JSON.parse(context), at(instant, key)));
  },

  /**
   * Which rows of a decision table hold. `table` is {inputs: [expression], rows: [[unary tests, one per input]]}; an
   * empty test holds always. Each input is worked out once and meets its tests as a FEEL value, a date as a date.
   */
  decide(table, context, instant, key) {
    return answer(() => {
      const { inputs, rows } = JSON.parse(table);
      const known = at(instant, key);
      const seen = JSON.parse(context);
      const given = inputs.map((text, column) =>
        placed(`kolonne ${column + 1}`, () => work(compile('expression', text), seen, known, false)));
      return rows.map((cells, row) => cells.every((cell, column) => {
        if (cell === '') return true;
        seen['?'] = given[column];
        return placed(`række ${row + 1}`, () => passes(compile('unary', cell), seen, known));
      }));
    });
  },

  /**
   * What the unary tests compare with: JSON of {plain, literals: [{kind, text, value}]}. `plain` is false when a test
   * does more than compare with literals, so that they do not tell where its answer changes.
   */
  literals(text, instant, key) {
    return answer(() => {
      const known = at(instant, key);
      const { plain: isPlain, operands } = compared(parseUnaryTests(text), text);
      const literals = operands.map((operand) => {
        const value = work(compile('expression', operand), {}, known, false);
        return { kind: getType(value), text: operand, value: plain(value) };
      });
      return { plain: isPlain, literals };
    });
  },

  /** The names an expression mentions, and so whether it can be read at all. */
  names(kind, text) {
    return answer(() => {
      const { reads, certain, calls } = compile(kind, text).names;
      return {
        reads: Object.fromEntries([...reads].map(([name, properties]) => [name, properties && [...properties]])),
        certain: [...certain],
        calls: Object.fromEntries(calls),
      };
    });
  },

  /** Call one calendar function with JSON values, as Python does. */
  call(name, values, key) {
    return answer(() => {
      problems = [];
      const value = at(0, key)[name](...JSON.parse(values));
      if (problems.length > 0) throw new Failure(problems[0]);
      return plain(value);
    });
  },

  /** JSON of every function there is: name -> how many arguments must be given at least. */
  functions() {
    const all = Object.fromEntries(Object.keys(builtins).map((name) => [name, 0]));
    for (const [name, rule] of Object.entries(rules)) all[name] = rule.needed;
    return flat('=', JSON.stringify(all));
  },
};

/** Run `body`; what it refuses is told with the place in the table. */
function placed(place, body) {
  try {
    return body();
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`${place}: ${error.text}`);
    throw error;
  }
}

function passes(compiled, context, known) {
  const test = work(compiled, context, known, true);
  const result = test(context['?'] ?? null);
  complain(compiled);
  return result === true;
}
