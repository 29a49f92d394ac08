import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DenyFile } from './deny-file.ts';

function ruleFor(...crates: string[]): string {
  return `version = 1\n${crates.map((crate) => `[[deny]]\ncrate = "${crate}"\nreason = "r"\n`).join('')}`;
}

interface Setting {
  readonly path: string;
  readonly notes: string[];
  /** Advances the clock that determines when the file is checked again. */
  readonly pass: (ms: number) => void;
  /** Sets how long ago the file appears to have changed, ms. */
  readonly setAge: (ms: number) => void;
}

function setting(t: TestContext): Setting {
  const root = mkdtempSync(join(tmpdir(), 'denylist-'));
  t.after(() => rmSync(root, { recursive: true }));
  let passed = 0;
  let age = 60_000;
  // A whole number: with a fraction, a difference of 1000 may come out as 999.99….
  const start = Math.ceil(performance.now());
  t.mock.method(performance, 'now', () => start + passed);
  const path = join(root, 'deny.toml');
  // By the file's own clock, so that a slow machine does not age it.
  t.mock.method(Date, 'now', () => (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) + age);
  return {
    path,
    notes: [],
    pass: (ms) => {
      passed += ms;
    },
    setAge: (ms) => {
      age = ms;
    },
  };
}

async function denied(file: DenyFile): Promise<string> {
  return [...new Set((await file.current()).rules.map(({ crate }) => crate))].sort().join(' ');
}

test('a list that changes is read again; what it no longer has goes once the file has been left alone', async (t) => {
  const { path, notes, pass, setAge } = setting(t);
  writeFileSync(path, ruleFor('a'));
  const file = await DenyFile.open(path, (note) => notes.push(note));
  const first = await file.current();
  pass(1000);
  assert.equal(await file.current(), first, 'the same object while nothing changes');

  // Half-written, as by an editor that writes in place.
  setAge(0);
  writeFileSync(path, ruleFor('b'));
  assert.equal(await denied(file), 'a', 'a second old at most');
  pass(1000);
  assert.equal(await denied(file), 'a b');
  writeFileSync(path, ruleFor('b', 'c'));
  pass(1000);
  assert.equal(await denied(file), 'a b c');
  setAge(60_000);
  pass(1000);
  assert.equal(await denied(file), 'b c');
  assert.deepEqual(
    notes.map((note) => note.replace(path, 'P')),
    [2, 3, 2].map((count) => `--deny: P has changed: ${count} rules now`),
  );
});

test('a list that is damaged, gone or unreadable leaves what was denied, reported once', async (t) => {
  const { path, notes, pass } = setting(t);
  writeFileSync(path, ruleFor('a'));
  const file = await DenyFile.open(path, (note) => notes.push(note));
  const break_ = async (how: () => void): Promise<void> => {
    how();
    for (let i = 0; i < 3; i++) {
      pass(5000);
      assert.equal(await denied(file), 'a');
    }
  };
  await break_(() => writeFileSync(path, ''));
  await break_(() => writeFileSync(path, Buffer.alloc(100)));
  await break_(() => writeFileSync(path, Buffer.from([0x80])));
  await break_(() => rmSync(path));
  await break_(() => execFileSync('mkfifo', [path]));
  rmSync(path);
  const stat = t.mock.method(fs, 'stat', async () => {
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  });
  syncBuiltinESMExports();
  t.after(() => {
    stat.mock.restore();
    syncBuiltinESMExports();
  });
  await break_(() => {});
  assert.deepEqual(
    notes.map((note) => /cannot be used: (.*?)\. What it denied/.exec(note)?.[1]),
    [
      'it does not say version = 1',
      notes[1]?.match(/cannot be used: (.*?)\. What/)?.[1],
      'it is not UTF-8',
      'it is not there',
      'it is not a file',
      'EIO: i/o error',
    ],
  );
  assert.match(notes[1] ?? '', /it is not TOML/);
});

test('a new file in its place counts, and one that cannot be used at first is refused', async (t) => {
  const { path, notes, pass } = setting(t);
  await assert.rejects(
    DenyFile.open(path, () => {}),
    /--deny: .*no such file|--deny: there is no/,
  );
  writeFileSync(path, 'version = 1\n[[deny]]');
  await assert.rejects(
    DenyFile.open(path, () => {}),
    /^UsageError: --deny: .*deny\.toml: \[\[deny\]\] 1: crate is not a crate name/,
  );
  writeFileSync(path, ruleFor('a'));
  const file = await DenyFile.open(path, (note) => notes.push(note));
  writeFileSync(`${path}.new`, ruleFor('b'));
  renameSync(`${path}.new`, path);
  pass(60_000);
  assert.equal(await denied(file), 'b');
});
