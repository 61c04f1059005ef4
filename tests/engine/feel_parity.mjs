/*
 * Runs tests/engine/feel_parity.json as a form in the browser does: the package as it comes, with in_forms.mjs beside
 * it. Reads {closing, transitions} from standard input and prints the values as JSON.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { evaluate } from '@bpmn-io/feelin';

import { feelInForms } from '../../src/engine/js/in_forms.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { now, cases } = JSON.parse(readFileSync(join(here, 'feel_parity.json'), 'utf8'));
const forms = feelInForms(JSON.parse(readFileSync(0, 'utf8')), () => Date.parse(now));

function value({ expression, data, as }) {
  try {
    return forms.evaluate(as ?? expression, data, (text, context) => evaluate(text, context).value ?? null);
  } catch {
    return null;
  }
}

console.log(JSON.stringify(cases.map(value)));
