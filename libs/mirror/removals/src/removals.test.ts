import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { readManifest, VerifiedLedger } from '@crates-mirror/manifest';
import fc from 'fast-check';
import {
  type Action,
  quarantinePath,
  type Removal,
  RemovalJournal,
  Remover,
  removalRecords,
  restorable,
  restore,
  SetAside,
  type Step,
  WithdrawnMembers,
} from './index.ts';

const AT = '2026-11-30T10:00:00.000Z';

function removal(version: string, action: Action): Removal {
  const crate = { name: 'serde', version, sha256: sha256Hex(version) };
  const one = {
    ...crate,
    id: `r-${version.replaceAll('.', '-')}-${action}`,
    action,
    path: `se/rd/serde-${version}.crate`,
    size: version.length,
    bundle: action === 'withdraw' ? 'bundle-0001' : null,
    isReplaced: false,
    reason: 'left_index' as const,
    why: 'the index no longer names it',
    at: AT,
  };
  return { ...one, to: action === 'quarantine' ? quarantinePath(one) : null };
}

/** A mirror with some verified crate files. The content of each is its version. */
class Mirror {
  readonly root = mkdtempSync(join(tmpdir(), 'removals-'));
  readonly manifest = join(this.root, 'manifest.jsonl');

  constructor(versions: readonly string[]) {
    mkdirSync(mirrorHome(this.root).ledgerDirectory, { recursive: true });
    const ledger = this.ledger();
    for (const version of versions) {
      const path = `se/rd/serde-${version}.crate`;
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), version);
      const { size, mtimeMs } = statSync(join(this.root, path));
      ledger.remember('se', path, size, mtimeMs, sha256Hex(version));
    }
    ledger.flush();
  }

  ledger(): VerifiedLedger {
    return new VerifiedLedger(mirrorHome(this.root).ledgerDirectory);
  }

  /**
   * Runs an operation like a run of the downloader.
   * @param killAt 0-based step at which it is killed
   */
  run(what: (remover: Remover) => void, killAt = Number.POSITIVE_INFINITY): Step[] {
    const journal = new RemovalJournal(mirrorHome(this.root).removalsFile);
    const steps: Step[] = [];
    const remover = new Remover({
      root: this.root,
      journal,
      ledger: this.ledger(),
      record: (removals) =>
        appendFileSync(
          this.manifest,
          removalRecords(removals, ({ name }) => `https://u/${name}`),
        ),
      onStep: (step) => {
        steps.push(step);
        if (steps.length > killAt) throw new Error('killed');
      },
    });
    try {
      what(remover);
    } catch (error) {
      if (!(error instanceof Error && error.message === 'killed')) throw error;
    } finally {
      journal.close();
    }
    return steps;
  }

  /** The state that must not depend on kills in the end. */
  async state(): Promise<unknown> {
    const records = new Set<string>();
    if (existsSync(this.manifest))
      for await (const record of readManifest(this.manifest))
        records.add(`${record.path} ${record.status} ${record.size}`);
    const journal = new RemovalJournal(mirrorHome(this.root).removalsFile);
    return {
      files: readdirSync(this.root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.crate'))
        .map((entry) => [
          join(entry.parentPath, entry.name).slice(this.root.length),
          readFileSync(join(entry.parentPath, entry.name), 'utf8'),
        ])
        .sort(),
      known: [...this.ledger().files('se')].map(({ path }) => path).sort(),
      records: [...records].sort(),
      done: journal
        .removals('done')
        .map(({ path, action }) => `${path} ${action}`)
        .sort(),
      planned: journal.removals('planned').length,
    };
  }
}

const never = (): boolean => false;

test('crate files are moved or deleted, forgotten, recorded with the reason, and reported for good', async (t) => {
  const mirror = new Mirror(['1.0.0', '1.0.1', '1.0.2']);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.run((remover) => {
    const all = [removal('1.0.0', 'quarantine'), removal('1.0.1', 'delete')];
    assert.deepEqual(remover.remove(all, never), all);
  });
  assert.deepEqual(await mirror.state(), {
    files: [
      [`/.crates-mirror/${removal('1.0.0', 'quarantine').to}`, '1.0.0'],
      ['/se/rd/serde-1.0.2.crate', '1.0.2'],
    ],
    known: ['se/rd/serde-1.0.2.crate'],
    records: ['se/rd/serde-1.0.0.crate quarantined null', 'se/rd/serde-1.0.1.crate deleted null'],
    done: ['se/rd/serde-1.0.0.crate quarantine', 'se/rd/serde-1.0.1.crate delete'],
    planned: 0,
  });
  const [line = ''] = readFileSync(mirror.manifest, 'utf8').split('\n');
  const { error, ok, url } = JSON.parse(line);
  assert.deepEqual(
    { error, ok, url },
    {
      error: { code: 'left_index', message: 'the index no longer names it' },
      ok: false,
      url: 'https://u/serde',
    },
  );
});

test('a kill at any step is completed by the next run, which removes the rest', async () => {
  const versions = fc.uniqueArray(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 });
  const action = fc.constantFrom<Action>('quarantine', 'delete', 'withdraw');
  await fc.assert(
    fc.asyncProperty(
      versions,
      action,
      fc.array(fc.nat({ max: 12 }), { maxLength: 3 }),
      async (all, what, kills) => {
        const names = all.map((patch) => `1.0.${patch}`);
        const [whole, killed] = [new Mirror([...names, '2.0.0']), new Mirror([...names, '2.0.0'])];
        const left = (mirror: Mirror): Removal[] => {
          const done = new Set(
            new RemovalJournal(mirrorHome(mirror.root).removalsFile)
              .removals('done')
              .map(({ version }) => version),
          );
          return names.filter((version) => !done.has(version)).map((version) => removal(version, what));
        };
        try {
          whole.run((remover) => void remover.remove(left(whole), never));
          for (const [i, kill] of [...kills, Number.POSITIVE_INFINITY].entries())
            killed.run((remover) => {
              remover.complete();
              // A new id each time, as in real runs.
              remover.remove(
                left(killed).map((one) => ({ ...one, id: `${one.id}-${i}` })),
                never,
              );
            }, kill);
          assert.deepEqual(await killed.state(), await whole.state());
        } finally {
          for (const { root } of [whole, killed]) rmSync(root, { recursive: true });
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('what was planned and not begun is dropped: whether it still has to go is another run’s decision', async (t) => {
  const mirror = new Mirror(['1.0.0']);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  const before = await mirror.state();
  mirror.run((remover) => void remover.remove([removal('1.0.0', 'delete')], never), 0);
  mirror.run((remover) => assert.deepEqual(remover.complete(), []));
  assert.deepEqual(await mirror.state(), before);
});

test('a journal is read as far as it makes sense', (t) => {
  const mirror = new Mirror([]);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  const file = mirrorHome(mirror.root).removalsFile;
  const good = { ...removal('1.0.0', 'quarantine'), state: 'planned' };
  const bad = [
    { ...good, path: '../../etc/passwd' },
    { ...good, path: '.crates-mirror/lock' },
    { ...good, to: 'quarantine/2026-11-30/../../../x-0123456789abcdef.crate' },
    { ...good, to: null },
    { ...good, action: 'format' },
    { ...good, sha256: 'x' },
    { ...good, size: -1 },
    { ...good, name: '../x' },
    { ...good, id: 7 },
    { id: 'unknown', state: 'done' },
    null,
  ];
  const text = [...bad, good].map((line) => JSON.stringify(line)).join('\n');
  writeFileSync(file, `no JSON\n${text}\n{"id":"${good.id}","sta`);
  const journal = new RemovalJournal(file);
  assert.deepEqual(journal.removals('planned'), [removal('1.0.0', 'quarantine')]);
  journal.mark([removal('1.0.0', 'quarantine')], 'done');
  journal.close();
  assert.equal(new RemovalJournal(file).removals('done').length, 1, 'a torn line does not swallow the next');
});

function quarantined(t: TestContext): Mirror {
  const mirror = new Mirror(['1.0.0']);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.run((remover) => void remover.remove([removal('1.0.0', 'quarantine')], never));
  return mirror;
}

test('bytes that others replace are kept in quarantine, and what replaces them stays', async (t) => {
  const mirror = new Mirror(['1.0.0']);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  const { name, version, path, sha256, size, to } = removal('1.0.0', 'quarantine');
  new SetAside(mirror.root).add({ name, version, path, sha256, size }, sha256Hex('anew'));
  // Replaced as by a rename.
  rmSync(join(mirror.root, path));
  writeFileSync(join(mirror.root, path), 'anew');
  mirror.run((remover) => assert.equal(remover.complete().length, 1));
  const kept = String(to).replace(/\d{4}-\d\d-\d\d/, new Date().toISOString().slice(0, 10));
  assert.deepEqual(await mirror.state(), {
    files: [
      [`/.crates-mirror/${kept}`, '1.0.0'],
      [`/${path}`, 'anew'],
    ],
    known: [path],
    records: [`${path} quarantined null`],
    done: [`${path} quarantine`],
    planned: 0,
  });
});

test('what was quarantined comes back verified, and is kept if somebody has asked for it', (t) => {
  const mirror = quarantined(t);
  const journal = new RemovalJournal(mirrorHome(mirror.root).removalsFile);
  const parts = { root: mirror.root, journal, ledger: mirror.ledger() };
  const [found] = restorable(parts, 'serde', '1.0.0');
  assert.ok(found !== undefined);
  assert.deepEqual(restorable(parts, 'serde', '1.0.1'), []);
  restore(parts, found, 'hand');
  assert.equal(readFileSync(join(mirror.root, found.path), 'utf8'), '1.0.0');
  assert.deepEqual(
    [...mirror.ledger().files('se')].map(({ path }) => path),
    [found.path],
  );
  assert.deepEqual([...journal.keptByHand()], [`${found.path}\n${found.sha256}`]);
  assert.deepEqual(restorable(parts, 'serde', '1.0.0'), []);
  journal.close();
});

test('damaged bytes stay in quarantine, and nothing is overwritten', (t) => {
  const mirror = quarantined(t);
  const journal = new RemovalJournal(mirrorHome(mirror.root).removalsFile);
  const parts = { root: mirror.root, journal, ledger: mirror.ledger() };
  const [found] = restorable(parts, 'serde', '1.0.0');
  assert.ok(found !== undefined && found.to !== null);
  mkdirSync(join(mirror.root, 'se/rd'), { recursive: true });
  writeFileSync(join(mirror.root, found.path), 'other');
  assert.throws(() => restore(parts, found, 'hand'), { code: 'EEXIST' });
  assert.equal(readFileSync(join(mirror.root, found.path), 'utf8'), 'other');
  rmSync(join(mirror.root, found.path));
  writeFileSync(join(mirror.root, '.crates-mirror', found.to), 'damaged');
  assert.throws(() => restore(parts, found, 'hand'), { code: 'checksum_mismatch' });
  assert.equal(journal.removals('done').length, 1);
});

test('a withdrawn member is reported by name, version and bytes, until it is restored', async (t) => {
  const mirror = new Mirror([]);
  t.after(() => rmSync(mirror.root, { recursive: true }));
  const withdrawn = new WithdrawnMembers(mirror.root);
  const one = removal('1.0.0', 'withdraw');
  assert.equal(await withdrawn.refresh(), false);
  mirror.run((remover) => void remover.remove([one], never));
  assert.deepEqual([await withdrawn.refresh(), await withdrawn.refresh()], [true, false]);
  assert.deepEqual([withdrawn.has(one), withdrawn.has({ ...one, version: '1.0.1' })], [true, false]);
  rmSync(mirrorHome(mirror.root).removalsFile);
  assert.equal(await withdrawn.refresh(), false);
  assert.ok(withdrawn.has(one), 'a journal that is gone releases nothing');
});
