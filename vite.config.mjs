// Builds every web/frontend/entries/*.js into web/static/dist, with hashed names and a manifest.json that says which
// file an entry became. Every function that web/frontend/build/*.mjs exports makes one plugin of the build.
// Run by ./sag; by hand: npm run build.
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'vite';

const folder = 'web/frontend/entries';
const entries = readdirSync(folder).filter(name => name.endsWith('.js')).sort();

const steps = 'web/frontend/build';
const modules = existsSync(steps) ? readdirSync(steps).filter(name => name.endsWith('.mjs')).sort() : [];
const plugins = (await Promise.all(modules.map(name => import(new URL(`${steps}/${name}`, import.meta.url)))))
  .flatMap(module => Object.values(module))
  .filter(value => typeof value === 'function')
  .map(make => make());

export default defineConfig({
  plugins,
  publicDir: false,
  base: '/static/dist/',
  clearScreen: false,
  build: {
    outDir: process.env.SAG_DIST || 'web/static/dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    assetsInlineLimit: 0,                      // the content security policy allows no data: fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
    rollupOptions: {
      input: Object.fromEntries(entries.map(name => [basename(name, '.js'), `${folder}/${name}`])),
    },
  },
});
