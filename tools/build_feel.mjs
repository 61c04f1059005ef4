/*
 * Builds src/engine/js/feel.bundle.js, which is kept in the repository so that the engine needs no Node to run.
 *
 *   node tools/build_feel.mjs          write it
 *   node tools/build_feel.mjs --check  say whether it is what the sources give (exit 1 when not)
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { feelinSeams } from './feelin_seams.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGET = join(ROOT, 'src/engine/js/feel.bundle.js');
const BANNER =
  '// Built by tools/build_feel.mjs from src/engine/js/*.mjs; do not edit.\n' +
  '// Contains @bpmn-io/feelin, @bpmn-io/lezer-feel, @lezer/*, luxon, min-dash and style-mod parts, all MIT licence.';

const result = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/engine/js/feel.mjs'],
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2022',
  charset: 'ascii',
  minify: true,
  legalComments: 'eof',
  banner: { js: BANNER },
  plugins: [feelinSeams],
  logLevel: 'warning',
});
const built = result.outputFiles[0].text;

if (process.argv.includes('--check')) {
  const kept = await readFile(TARGET, 'utf8').catch(() => '');
  if (kept !== built) {
    console.error('src/engine/js/feel.bundle.js is not what its sources give: run node tools/build_feel.mjs');
    process.exitCode = 1;
  }
} else {
  await writeFile(TARGET, built);
}
