import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parseOptions } from '../command/command-line.ts';
import { groundsFor } from './question.ts';
import type { Selection } from './selection.ts';

let index: string;
beforeEach(() => {
  index = mkdtempSync(join(tmpdir(), 'question-'));
  mkdirSync(join(index, '3/f'), { recursive: true });
  for (const file of ['config.json', '3/f/foo', '3/f/fou']) writeFileSync(join(index, file), '{}');
});
afterEach(() => rmSync(index, { recursive: true }));

const EVERYTHING: Selection = { kind: 'everything', reason: 'no run has been completed yet' };

async function grounds(selection: Selection, ...more: string[]): Promise<string> {
  const options = parseOptions(['--yes', '--index-dir', index, '--output-dir', '/nowhere/m', ...more]);
  const text = await groundsFor(selection, options, new AbortController().signal);
  return text.replaceAll(/(?<=^Free at .*: )[\d.]+ [kMGTP]?B\.$/gm, 'ROOM');
}

test('a first run: how many crates, how much that is, and the room for it', async () => {
  const crates = 'Crates in the index: 2. Files in place are not downloaded again.\n';
  const all = 'All of crates.io is some two million crate files, more than 400 GB.\n';
  assert.equal(await grounds(EVERYTHING), `${crates}${all}Free at /nowhere/m: ROOM\n`);
  assert.equal(
    await grounds(EVERYTHING, '--index-url', 'https://example.org/index', '--bundle', '--bundles-out', '/b'),
    `${crates}Free at /b: ROOM\n`,
  );
});

test('a few crates: the room alone', async () => {
  const some: Selection = { kind: 'some', paths: ['3/f/foo'], changed: 1, again: 0 };
  assert.equal(await grounds(some), 'Free at /nowhere/m: ROOM\n');
  assert.equal(
    await grounds(EVERYTHING, '--limit', '1', '--bundle', '--bundle-mode', 'add'),
    'Free at /nowhere/m: ROOM\nFree at bundles: ROOM\n',
  );
});
