/*
 * The same FEEL in the browser's forms: form-js runs @bpmn-io/feelin itself, this adds what the server has besides.
 */
import { parseExpression, parseUnaryTests } from '@bpmn-io/feelin';

import { calendar, clock } from './calendar.mjs';
import { PREFIX, marked, mentions } from './names.mjs';
import { CopenhagenZone, inZone } from './zone.mjs';

const KEPT = 500;

/**
 * @param {{ closing: number[], transitions: [number, number][] }} data what `engine.workdays.for_browser` gives
 * @param {() => number} instant the service's clock, in milliseconds
 */
export function feelInForms(data, instant) {
  const zone = new CopenhagenZone(data.transitions);
  const functions = calendar({ closing: data.closing, zone, report: () => {} });
  const kept = new Map();

  /** The functions by their plain names, and the clock. */
  const rules = () => {
    const { nu, i_dag, now, today } = clock(instant(), zone);
    return { ...functions, nu, i_dag, now, today };
  };

  function read(kind, text) {
    const key = `${kind} ${text}`;
    if (!kept.has(key)) {
      if (kept.size >= KEPT) kept.clear();
      const parse = kind === 'unary' ? parseUnaryTests : parseExpression;
      const names = mentions(parse(text), text, { ...functions, now: null, today: null });
      kept.set(key, { names, text: marked(text, names, { ...functions, now: null, today: null }) });
    }
    return kept.get(key);
  }

  return {
    /**
     * Let form-js evaluate `text` (no leading `=`): gives `run(text, context)` what it must get for a name before a
     * parenthesis to be the function and elsewhere the field. `kind` is 'expression' or 'unary'.
     */
    evaluate(text, context, run, kind = 'expression') {
      const found = read(kind, text);
      const known = rules();
      const prepared = { ...context };
      for (const name of found.names.calls.keys()) {
        if (Object.hasOwn(known, name)) prepared[PREFIX + name] = known[name];
      }
      for (const name of ['nu', 'i_dag']) if (found.names.reads.has(name)) prepared[name] = known[name];
      return inZone(zone, () => run(found.text, prepared));
    },

    /** The same for `{{templates}}`, which are taken as they stand: a field hides the function of the same name. */
    evaluateTemplate(context, run) {
      return inZone(zone, () => run({ ...rules(), ...context }));
    },
  };
}
