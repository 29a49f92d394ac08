import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { mergeChunks, withPlaces } from './merge-chunks.ts';

/** Two programs and their lazily loaded modules, which share modules in every combination. */
const SOURCES = {
  'one.js': `import { a } from './a.js'; import { b } from './b.js'; export const value = a + b;
    export const later = async () => (await import('./late.js')).value;`,
  'two.js': `import { a } from './a.js'; import { c } from './c.js'; export const value = a + c;`,
  'late.js': `import { b } from './b.js'; import { c } from './c.js'; export const value = b + c + 'late';`,
  'a.js': `import { state } from './state.js'; state.push('a'); export const a = 'a';`,
  'b.js': `import { state } from './state.js'; state.push('b'); export const b = 'b' + state.length;`,
  'c.js': `import { state } from './state.js'; state.push('c'); export const c = 'c' + state.length;`,
  'state.js': `export const state = [];`,
};

test('what the same starts need is in one file, and does what it did', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'merge-chunks-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(directory, name), text);
  const lib = join(directory, 'lib');
  const common = { absWorkingDir: directory, format: 'esm', minify: true } as const;
  const { metafile } = await build({
    ...common,
    entryPoints: ['one.js', 'two.js'],
    outdir: lib,
    bundle: true,
    splitting: true,
    metafile: true,
  });
  const before = readdirSync(lib).length;
  await mergeChunks(lib, metafile, (entry) => entry === 'one.js', common);
  assert.ok(readdirSync(lib).length < before);
  writeFileSync(join(lib, 'package.json'), '{"type":"module"}');
  const one = await import(pathToFileURL(join(lib, 'one.js')).href);
  // The state is shared, even if its module is split over several files.
  assert.deepEqual([one.value, await one.later()], ['ab2', 'b2c3late']);
});

test('an import that cannot be rewritten ends the build', () => {
  const places = new Map([['chunk-AB12.js', 'start-1.js']]);
  assert.equal(
    withPlaces(
      'import{a as b,c}from"./chunk-AB12.js";import"./chunk-AB12.js";import{d}from"./chunk-CD.js";',
      places,
    ),
    'import{chunk_AB12_js_a as b,chunk_AB12_js_c as c}from"./start-1.js";import"./start-1.js";import{d}from"./chunk-CD.js";',
  );
  assert.throws(() => withPlaces('import*as a from"./chunk-AB12.js";', places), /unexpected form/);
});
