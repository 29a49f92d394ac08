import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DirectorySource, indexPath, indexShard } from '@crates-mirror/crates-index';
import type { DenyRule } from '@crates-mirror/denylist/denylist';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { keyOfFile, type Removal } from '@crates-mirror/removals';
import { checkNotTooMany, planned } from '@crates-mirror/removals/going';
import { LooseHolder, loosePlace, type RemovalPlace } from '@crates-mirror/removals/places';
import { NO_RULES, Selection, type SelectionRules } from '@crates-mirror/selection';
import fc from 'fast-check';
import { type Findings, GoneFinder } from './find-gone.ts';
import { IndexSays } from './index-says.ts';
import { takeBack } from './take-back.ts';

const LAYOUT = parseLayout('cargo');

let root: string;
let index: string;
let mirror: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-gone-'));
  index = join(root, 'index');
  mirror = join(root, 'mirror');
  mkdirSync(index);
  writeFileSync(join(index, 'config.json'), '{}');
  mkdirSync(mirrorHome(mirror).ledgerDirectory, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

interface Version {
  readonly name: string;
  readonly version: string;
  readonly yanked?: boolean;
  /** Content of the crate file. */
  readonly body?: string;
}

function bodyOf({ name, version, body = `${name} ${version}` }: Version): string {
  return body;
}

/** Writes the index files of some crates. */
function writeIndex(...versions: readonly Version[]): void {
  const lines = Map.groupBy(versions, ({ name }) => indexPath(name));
  for (const [file, all] of lines) {
    mkdirSync(dirname(join(index, file)), { recursive: true });
    const text = all.map(({ name, version, yanked = false, ...more }) =>
      JSON.stringify({
        name,
        vers: version,
        cksum: sha256Hex(bodyOf({ name, version, ...more })),
        yanked,
        deps: [],
      }),
    );
    writeFileSync(join(index, file), text.map((line) => `${line}\n`).join(''));
  }
}

/** Puts crate files into the mirror, as its runs do. */
function hold(...versions: readonly Version[]): void {
  const ledger = new VerifiedLedger(mirrorHome(mirror).ledgerDirectory);
  for (const one of versions) {
    const sha256 = sha256Hex(bodyOf(one));
    const path = LAYOUT.pathOf({ ...one, sha256 });
    mkdirSync(dirname(join(mirror, path)), { recursive: true });
    writeFileSync(join(mirror, path), bodyOf(one));
    const { size, mtimeMs } = statSync(join(mirror, path));
    ledger.remember(indexShard(one.name), path, size, mtimeMs, sha256);
  }
  ledger.flush();
}

function saysWith(rules: Partial<SelectionRules> = {}, denied: readonly DenyRule[] = []): IndexSays {
  const all = { ...NO_RULES, ...rules, denied };
  const selection = new Selection({ rules: all, chosen: undefined, now: Date.now() });
  return new IndexSays(new DirectorySource(index), LAYOUT, selection);
}

function finder(
  rules?: Partial<SelectionRules>,
  kept: ReadonlySet<string> = new Set(),
  denied: readonly DenyRule[] = [],
): GoneFinder {
  const ledger = new VerifiedLedger(mirrorHome(mirror).ledgerDirectory);
  const passedOver = { kept, withdrawn: new Set<string>() };
  return new GoneFinder(saysWith(rules, denied), LAYOUT, [new LooseHolder(mirror, ledger)], passedOver);
}

function find(rules?: Partial<SelectionRules>): Promise<Findings> {
  return finder(rules).find(() => false);
}

function linesOf({ gone }: Findings): string[] {
  return gone.map(({ name, version, reason }) => `${name} ${version} ${reason}`).sort();
}

const SERDE = ['1.0.0', '1.0.1', '1.0.2'].map((version) => ({ name: 'serde', version }));

test('versions that the index no longer names, names otherwise or the selection leaves out are gone; yanked ones are not', async () => {
  hold(
    ...SERDE,
    { name: 'syn', version: '1.0.0' },
    { name: 'gone', version: '0.1.0' },
    { name: 'old', version: '1.0.0', body: 'old' },
  );
  writeIndex(
    { name: 'serde', version: '1.0.1', yanked: true },
    { name: 'serde', version: '1.0.2' },
    { name: 'syn', version: '1.0.0' },
    { name: 'old', version: '1.0.0', body: 'new' },
  );
  const all = await find();
  assert.deepEqual(linesOf(all), [
    'gone 0.1.0 left_index',
    'old 1.0.0 checksum_changed',
    'serde 1.0.0 left_index',
  ]);
  assert.equal(all.held, 6);
  assert.deepEqual(linesOf(await find({ exclude: ['syn'] })).at(-1), 'syn 1.0.0 not_selected');
  const [serde] = all.gone.filter(({ name }) => name === 'serde');
  const without = await finder(undefined, new Set([keyOfFile(serde ?? { path: '', sha256: '' })])).find(
    () => false,
  );
  assert.deepEqual(linesOf(without).length, 2, 'excluded files are passed over');
});

test('denied versions go, regardless of the index, also if they were restored', async () => {
  hold(...SERDE);
  writeIndex(...SERDE);
  const rule = { crate: 'serde', versions: ['1.0.1'], reason: 'r', since: undefined };
  const key = keyOfFile({ path: 'se/rd/serde-1.0.1.crate', sha256: sha256Hex('serde 1.0.1') });
  writeFileSync(join(index, 'se/rd/serde'), '');
  const looking = finder(undefined, new Set([key]), [rule]);
  const found = await looking.find(() => false);
  assert.deepEqual(linesOf(found), ['serde 1.0.1 denied']);
  assert.ok(found.gone.every((file) => looking.isStillGone(file)));
});

test('an index file that has been emptied, or damaged, removes nothing of its crate', async () => {
  hold(...SERDE);
  for (const text of ['', '\n\n', '{"name":"serde"', '\0'.repeat(100)]) {
    writeIndex({ name: 'serde', version: '1.0.2' });
    writeFileSync(join(index, 'se/rd/serde'), text);
    assert.deepEqual(linesOf(await find()), [], JSON.stringify(text));
  }
  writeIndex({ name: 'serde', version: '1.0.2' });
  writeFileSync(join(index, 'se/rd/serde'), 'no line\n', { flag: 'a' });
  assert.deepEqual(linesOf(await find()), []);
});

test('an index that is gone, swapped or cannot be read ends the search', async () => {
  hold(...SERDE);
  writeIndex({ name: 'syn', version: '1.0.0' });
  mkdirSync(join(index, 'se/rd/serde'), { recursive: true });
  writeFileSync(join(index, 'se/rd/serde/x'), '');
  const looking = finder();
  rmSync(join(index, 'se'), { recursive: true });
  rmSync(index, { recursive: true });
  mkdirSync(index);
  await assert.rejects(
    looking.find(() => false),
    { code: 'index_unreadable' },
  );
  rmSync(index, { recursive: true });
  await assert.rejects(
    looking.find(() => false),
    { code: 'index_unreadable' },
  );
});

test('an index of which a part is no file ends the search: what that names, nobody knows', async () => {
  hold(...SERDE);
  writeIndex({ name: 'syn', version: '1.0.0' });
  mkdirSync(join(index, 'se/rd'), { recursive: true });
  symlinkSync(join(index, indexPath('syn')), join(index, 'se/rd/serde'));
  await assert.rejects(find(), { code: 'index_unreadable', message: /se\/rd\/serde not a regular file/ });
});

test('files larger than --max-size go', async () => {
  hold(...SERDE);
  writeIndex(...SERDE);
  const sizes = SERDE.map((one) => bodyOf(one).length);
  assert.deepEqual(linesOf(await find({ maxSize: Math.max(...sizes) })), []);
  assert.equal((await find({ maxSize: Math.min(...sizes) - 1 })).gone.length, SERDE.length);
});

test('a version that is named again in time, or has other bytes than were verified, is not removed', async () => {
  hold(...SERDE);
  writeIndex({ name: 'serde', version: '1.0.2' });
  const looking = finder();
  const { gone } = await looking.find(() => false);
  assert.equal(gone.length, 2);
  writeIndex({ name: 'serde', version: '1.0.0' }, { name: 'serde', version: '1.0.2' });
  writeFileSync(join(mirror, 'se/rd/serde-1.0.1.crate'), 'SERDE 1.0.1');
  assert.deepEqual(
    gone.map((file) => looking.isStillGone(file)),
    [false, false],
  );
});

test('an emptied index never empties a mirror', () => {
  const gone = Array.from({ length: 11 }, (_, i) => ({
    ...{ name: 'a', version: `1.0.${i}`, path: '', sha256: '', size: 0, bundle: null },
    ...{ reason: 'left_index' as const, why: 'the index no longer names it' },
    holder: new LooseHolder('', new VerifiedLedger('')),
  }));
  checkNotTooMany({ gone: gone.slice(0, 10), held: 10 }, { share: 0.01 }, '--index-dir');
  checkNotTooMany({ gone, held: 1100 }, { share: 0.01 }, '--index-dir');
  checkNotTooMany({ gone, held: 11 }, { count: 11 }, '--index-dir');
  for (const [held, most] of [
    [1099, { share: 0.01 }],
    [11, { count: 10 }],
    [11, { count: 0 }],
  ] as const)
    assert.throws(() => checkNotTooMany({ gone, held }, most, '--index-dir'), {
      code: 'too_many_removals',
      message: new RegExp(
        `^nothing is removed: 11 of the ${held === 11 ? '11' : '1,099'} crate files would be, .* a 1\\.0\\.0 the first`,
      ),
    });
});

const RULES = [
  {},
  { exclude: ['serde'] },
  { include: ['s*'] },
  { latest: 1 },
  { latest: 2, exclude: ['syn'] },
] satisfies Partial<SelectionRules>[];

/** Paths and bytes of all crate files, including quarantined ones. */
function tree(): string[] {
  return readdirSync(mirror, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.crate'))
    .map(
      (entry) =>
        `${entry.parentPath} ${entry.name} ${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`,
    )
    .sort();
}

/**
 * One run with a selection: restores files that are wanted again and removes those that are not.
 */
async function runWith(rules: Partial<SelectionRules>): Promise<void> {
  const place: RemovalPlace = loosePlace(mirror, () => {});
  const says = saysWith(rules);
  takeBack(place, says, assert.fail);
  const looking = new GoneFinder(says, LAYOUT, [place.holder], { kept: new Set(), withdrawn: new Set() });
  const { gone } = await looking.find(() => false);
  const removals: Removal[] = gone.map((file) => planned(file, 'quarantine'));
  place.remover.remove(removals, () => false);
  place.journal.close();
}

test('a selection changed back and forth ends in the same tree, with nothing downloaded anew', async () => {
  const versions = [...SERDE, { name: 'syn', version: '1.0.0' }, { name: 'quote', version: '1.0.0' }];
  writeIndex(...versions);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...RULES), { maxLength: 4 }),
      fc.constantFrom(...RULES),
      async (before, last) => {
        rmSync(mirror, { recursive: true });
        mkdirSync(mirrorHome(mirror).ledgerDirectory, { recursive: true });
        hold(...versions);
        const whole = tree();
        await runWith(last);
        const direct = tree().filter((line) => !line.includes('quarantine'));
        for (const rules of [...before, last]) await runWith(rules);
        assert.deepEqual(
          tree().filter((line) => !line.includes('quarantine')),
          direct,
        );
        await runWith({});
        assert.deepEqual(tree(), whole);
      },
    ),
    { numRuns: 20 },
  );
});

test('a file whose way back a kill has cut short is put back by the next run', async () => {
  const versions = [...SERDE, { name: 'syn', version: '1.0.0' }];
  hold(...versions);
  writeIndex(...versions);
  const whole = tree();
  await runWith({ exclude: ['serde'] });
  const { journal } = loosePlace(mirror, () => {});
  // Killed after the journal was written, before the file was moved.
  journal.mark(journal.removals('done').slice(0, 2), 'restored', 'run');
  journal.close();
  await runWith({ exclude: ['serde'] });
  assert.notDeepEqual(tree(), whole);
  await runWith({});
  assert.deepEqual(tree(), whole);
});

test('a selection of nothing removes nothing', async () => {
  writeIndex(...SERDE);
  hold(...SERDE);
  await assert.rejects(find({ exclude: ['*'] }), /nothing is removed: no version of the index is selected/);
});
