import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource, indexPath } from '@crates-mirror/crates-index';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { prepareSelection } from '../prepare/prepare.ts';
import { CKSUM, lineOf, type MadeLine, NOW } from '../test-crates.ts';
import { explain } from './explain.ts';

const CRATES: Readonly<Record<string, readonly MadeLine[]>> = {
  app: [{ vers: '1.0.0', deps: [{ name: 'middle', req: '^1' }] }],
  middle: [
    { vers: '1.0.0', deps: [{ name: 'renamed', package: 'leaf', req: '=0.1.0', kind: 'build' }] },
    { vers: '2.0.0', yanked: true },
  ],
  leaf: [{ vers: '0.1.0' }, { vers: '0.2.0', pubtime: '2026-06-14T12:00:00Z' }],
};

test('why a version is selected: by which rule, and by whose dependency', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'explain-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, lines] of Object.entries(CRATES)) {
    const file = join(root, 'index', indexPath(name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lines.map((line) => lineOf(name, line)).join(''));
  }
  const lock = join(root, 'Cargo.lock');
  const source = 'registry+https://github.com/rust-lang/crates.io-index';
  writeFileSync(
    lock,
    `[[package]]\nname = "middle"\nversion = "2.0.0"\nsource = "${source}"\nchecksum = "${CKSUM}"\n`,
  );
  const index = new DirectorySource(join(root, 'index'));
  const reasonsOf = (
    rules: Partial<SelectionRules>,
    name: string,
    version?: string,
    wasHeld = false,
  ): string[] => {
    const options = { now: NOW, isExplained: true };
    const selection = prepareSelection({ ...NO_RULES, ...rules }, index, () => {}, options);
    return explain(selection, index, { name, version }, { wasHeld, sizeOf: () => 2000 }).map(
      (one) => `${one.version} ${one.decision.isSelected} ${one.because.join('; ')}`,
    );
  };
  const deps = { include: ['app'], deps: 'all' as const };
  assert.deepEqual(reasonsOf(deps, 'leaf'), [
    '0.1.0 true a dependency (--deps); middle 1.0.0 depends on leaf =0.1.0; app 1.0.0 depends on middle ^1; app 1.0.0: --include app',
    '0.2.0 false other versions of this crate are needed',
  ]);
  assert.deepEqual(reasonsOf(deps, 'app', '1.0.0'), ['1.0.0 true --include app']);
  assert.deepEqual(reasonsOf({ cargoLocks: [lock] }, 'MIDDLE'), [
    '1.0.0 false other versions of this crate are needed',
    `2.0.0 true pinned by ${lock}`,
  ]);
  assert.deepEqual(reasonsOf({}, 'middle'), [
    '1.0.0 true every crate is selected',
    '2.0.0 false yanked, and --include-yanked is not given',
  ]);
  assert.deepEqual(reasonsOf({ minAge: 7 * 24 * 3_600_000 }, 'leaf', '0.2.0'), [
    '0.2.0 false published 2026-06-14T12:00:00Z, too young for --min-age, comes of age at 2026-06-21T12:00:00Z',
  ]);
  const denied = [
    { crate: 'Leaf', versions: '<0.2', reason: 'steals keys', since: '2026-06-01' },
    { crate: 'gone', versions: undefined, reason: 'malicious', since: undefined },
  ];
  assert.deepEqual(reasonsOf({ ...deps, denied }, 'leaf'), [
    '0.1.0 false denied since 2026-06-01: steals keys',
    '0.2.0 false nothing selects this crate',
  ]);
  assert.deepEqual(reasonsOf({ include: ['leaf'], maxSize: 1999 }, 'leaf', '0.1.0'), [
    '0.1.0 false its crate file has 2000 bytes, more than --max-size',
  ]);
  assert.deepEqual(reasonsOf({ include: ['leaf'], maxSize: 2000 }, 'leaf', '0.1.0'), [
    '0.1.0 true --include leaf',
  ]);
  assert.deepEqual(reasonsOf({ denied }, 'gone', '1.0.0'), ['1.0.0 false denied: malicious']);
  assert.deepEqual(reasonsOf({}, 'leaf', '9.0.0', true), ['9.0.0 false the index no longer names it']);
  assert.throws(() => reasonsOf({}, 'lead'), { message: "--explain: the index has no crate 'lead'" });
  assert.throws(() => reasonsOf({}, 'leaf', '9.0.0'), {
    message: '--explain: the index has no version 9.0.0 of leaf',
    hint: 'Leave it out to see all 2',
  });
});
