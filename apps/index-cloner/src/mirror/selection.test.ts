import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { cratesToRetry } from './cursor.ts';
import { isAbsent, readRetryFile, selectCrates } from './selection.ts';
import { clonerHome, type MirrorState, type RetryEntry, readState, writeState } from './state.ts';
import { describeSelection } from './summary.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloner-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-11-24T03:00:00.000Z');

function put(name: string, content = ''): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function entry(path: string, reason = 'failed', daysAgo = 0): RetryEntry {
  return { path, reason, since: new Date(NOW - daysAgo * DAY).toISOString() };
}

test('changed, left-over and repaired crates: each once, and only existing ones', () => {
  const isThere = (path: string) => ['1/a', '1/b', '1/c', '1/odd\\name'].includes(path);
  const repaired = new Set(['1/c', 'README.md', '1/gone']);
  const some = selectCrates(['1/a'], [entry('1/a'), entry('1/b'), entry('1/removed')], repaired, isThere);
  assert.deepEqual(some, { kind: 'some', paths: ['1/a', '1/b', '1/c'], changed: 1, again: 2 });
  assert.equal(
    describeSelection(some),
    'Looking at 1 crate that is new or changed and 2 crates to try again',
  );
  assert.deepEqual(selectCrates([], [entry('1/removed')], new Set(), isThere), { kind: 'nothing' });
  const odd = selectCrates([], [entry('1/odd\\name', 'unusable')], new Set(), isThere);
  assert.deepEqual(odd, { kind: 'nothing' }, 'the downloader would take it for no crate');
});

test('an index file that cannot be looked at now is not taken to be gone', () => {
  put('1/a');
  symlinkSync('loop', join(directory, 'loop'));
  const absent = ['1/a', '1/b', '1/a/b', 'loop/b'].map((path) => isAbsent(join(directory, path)));
  assert.deepEqual(absent, [false, true, true, false]);
});

test('a crate goes on being tried again, one that is missing upstream for a week', () => {
  const file = put(
    'retry',
    '1/a\tfailed\n1/a\tmissing_upstream\n1/b\tmissing_upstream\n1/b\tunusable\n1/c\tmissing_upstream\n1/d\tmissing_upstream\n1/e\tfailed\n1/f\tmissing_upstream\n1/odd\\name\tunusable\n',
  );
  const before = [
    entry('1/c', 'missing_upstream', 6),
    entry('1/d', 'missing_upstream', 8),
    entry('1/e', 'failed', 100),
    entry('1/f', 'unusable', 8),
  ];
  assert.deepEqual(readRetryFile(file, before, NOW), [
    entry('1/a'),
    entry('1/b', 'unusable'),
    entry('1/c', 'missing_upstream', 6),
    entry('1/e', 'failed', 100),
    entry('1/f', 'missing_upstream'),
  ]);
});

test('the cursor moves only past a run that got to its end', () => {
  const home = { retryFile: join(directory, 'retry') };
  const after = (code: number, reportsRetries: boolean) =>
    cratesToRetry({ code, reportsRetries }, home, [], [entry('1/l', 'local')])?.length;
  // For a downloader that writes no retry list, only the exit code counts.
  assert.deepEqual(
    [0, 1, 2, 130].map((code) => after(code, false)),
    [1, undefined, undefined, undefined],
  );
  // A downloader that should have written a retry list and did not.
  assert.deepEqual(
    [0, 1, 2, 130].map((code) => after(code, true)),
    [undefined, undefined, undefined, undefined],
  );
  put('retry', '1/a\tfailed\n');
  assert.deepEqual(
    [0, 1, 2, 130].map((code) => after(code, true)),
    [2, 2, undefined, undefined],
  );
  put('retry', Array.from({ length: 10_001 }, (_, i) => `1/${i}\tfailed\n`).join(''));
  assert.equal(after(1, true), undefined, 'so many failures are no exceptions');
});

test('a state is read as it was written, and refused when it is damaged or of a later version', () => {
  const { stateFile } = clonerHome(directory);
  assert.equal(readState(stateFile), undefined);
  const state: MirrorState = {
    commit: 'c'.repeat(40),
    tree: 'd'.repeat(40),
    finished_at: '2026-11-24T03:00:00.000Z',
    outcome: 'failed',
    settings: { layout: 'cargo' },
    retry: [entry('1/a')],
  };
  mkdirSync(join(stateFile, '..'));
  writeState(stateFile, state);
  assert.deepEqual(readState(stateFile), { format_version: 1, ...state });
  for (const [text, message] of [
    ['{', `${stateFile} is damaged`],
    ['{"format_version":1}', `${stateFile} is damaged`],
    ['null', `${stateFile} is damaged`],
    [JSON.stringify({ format_version: 1, ...state, commit: '--x' }), `${stateFile} is damaged`],
    ['{"format_version":2}', `${stateFile} has format 2, this tool knows 1`],
  ] as const) {
    writeFileSync(stateFile, text);
    assert.throws(() => readState(stateFile), { message });
  }
});
