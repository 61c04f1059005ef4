/*
 * Opens @bpmn-io/feelin where the server needs to reach in. No value that FEEL gives is changed by it; what form-js
 * runs in the browser is the package as it comes, and tests/engine/feel_parity.json holds the two together.
 *
 * - The interpreter is handed out, so that a parsed expression can be kept: the package parses anew at each call.
 * - `and` and `or` leave their right side alone when the left has decided. The value is the same; what would have
 *   gone wrong on the right is then nobody's business (`x = null or x + 1 > 2`).
 * - Comparisons tell which kinds of value they met: a text against a date is quietly false in the package.
 * - `date(x)` and its like tell when they made nothing of what they got.
 * - `date("2026-01-31")` is made directly; the package's way through its ISO parser takes five times as long.
 *
 * Each seam must fit exactly once: a new version of the package stops the build instead of slipping through.
 */
import { readFile } from 'node:fs/promises';

const SEAMS = [
  [
    "case 'Disjunction': return tag((context) => {\n            const left = args[0](context);",
    'if (left === true) return true;',
  ],
  [
    "case 'Conjunction': return tag((context) => {\n            const left = args[0](context);",
    'if (left === false) return false;',
  ],
  ['function compareValue(test, value) {', 'if (test instanceof Range) seams.ordered(test.start ?? test.end, value);'],
  ['    const aType = getType(a);\n    const bType = getType(b);', 'seams.compared(aType, bType);'],
  [
    "// expression !compare kw<\"between\"> expression kw<\"and\"> expression\n            if (operator === 'between') {\n" +
      '                const start = args[2](context);\n                const end = args[4](context);',
    'seams.ordered(start, args[0](context)); seams.ordered(end, args[0](context));',
  ],
  [
    'const contextOrArgs = args[2](context);\n                const result = wrappedFn.invoke(contextOrArgs);',
    'seams.made(result, contextOrArgs, node.input);',
  ],
  [
    "'date': fn(function (year, month, day, from) {",
    'const plain = month === undefined && day === undefined && from === undefined && seams.date(year); if (plain) return plain;',
  ],
];

const OPENED = `
export const seams = { ordered() {}, compared() {}, made() {}, date() {} };
export { FunctionWrapper, InterpreterContext, Range, builtins, getType, interpreter };
`;

/** The source of the package with the seams opened. */
export function openSeams(source) {
  for (const [place, added] of SEAMS) {
    if (source.split(place).length !== 2) throw new Error(`@bpmn-io/feelin has changed here: ${place}`);
    source = source.replace(place, () => `${place} ${added}`);
  }
  return source + OPENED;
}

/** The esbuild plugin that does it. */
export const feelinSeams = {
  name: 'feelin-seams',
  setup(build) {
    build.onLoad({ filter: /[\\/]@bpmn-io[\\/]feelin[\\/]dist[\\/]index\.js$/ }, async ({ path }) => ({
      contents: openSeams(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};
