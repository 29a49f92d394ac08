import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
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
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { readManifest, VerifiedLedger } from '@crates-mirror/manifest';
import { type Action, quarantinePath, type Removal, RemovalJournal } from './index.ts';

const PROCESS = join(import.meta.dirname, 'killed-remover.ts');
const FILES = 40;
/** Set CRATES_MIRROR_TEST_KILLS=100 for a longer manual test. */
const KILLS = Number(process.env['CRATES_MIRROR_TEST_KILLS'] ?? 8);
const KEPT = 'se/rd/serde-2.0.0.crate';

/** A seeded generator, so that a failure can be reproduced. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pathOf(version: string): string {
  return `se/rd/serde-${version}.crate`;
}

/** A mirror of verified crate files, one of which is not removed. */
function makeMirror(root: string): void {
  const { ledgerDirectory } = mirrorHome(root);
  mkdirSync(ledgerDirectory, { recursive: true });
  mkdirSync(join(root, 'se/rd'), { recursive: true });
  const ledger = new VerifiedLedger(ledgerDirectory);
  for (const version of [...Array.from({ length: FILES }, (_, i) => `1.0.${i}`), '2.0.0']) {
    writeFileSync(join(root, pathOf(version)), version);
    const { size, mtimeMs } = statSync(join(root, pathOf(version)));
    ledger.remember('se', pathOf(version), size, mtimeMs, sha256Hex(version));
  }
  ledger.flush();
}

/** The removals that a run still has to do. */
function stillThere(root: string, action: Action, run: number): readonly Removal[] {
  return Array.from({ length: FILES }, (_, i) => `1.0.${i}`)
    .filter((version) => existsSync(join(root, pathOf(version))))
    .map((version) => {
      const one = {
        id: `r-${run}-${version.replaceAll('.', '-')}`,
        action,
        name: 'serde',
        version,
        path: pathOf(version),
        sha256: sha256Hex(version),
        size: version.length,
        bundle: null,
        isReplaced: false,
        reason: 'left_index',
        why: 'the index no longer names it',
        at: '2026-11-30T10:00:00.000Z',
      } as const;
      return { ...one, to: action === 'quarantine' ? quarantinePath(one) : null };
    });
}

function start(root: string, removals: readonly Removal[]): ChildProcess {
  const child = spawn(process.execPath, [PROCESS, root, join(root, 'manifest.jsonl')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.end(JSON.stringify(removals));
  return child;
}

/**
 * Kills the process after a number of steps. It gets a little further, because a signal takes time.
 * @returns whether it was killed
 */
async function killAfter(child: ChildProcess, steps: number): Promise<boolean> {
  let count = 0;
  child.stdout?.on('data', (dots: Buffer) => {
    count += dots.length;
    if (count >= steps) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  return signal === 'SIGKILL';
}

test('kill -9 at seeded moments of a quarantine and a deletion: the next runs complete it, each file once', async (t) => {
  const random = seeded(29);
  let [kills, run] = [0, 0];
  while (kills < KILLS) {
    const action = random() < 0.5 ? 'quarantine' : 'delete';
    const root = mkdtempSync(join(tmpdir(), 'removal-kills-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    makeMirror(root);
    for (let isKilled = true; isKilled; ) {
      run += 1;
      const steps = random() < 0.1 ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * (FILES + 3));
      isKilled = await killAfter(start(root, stillThere(root, action, run)), steps);
      if (isKilled) kills += 1;
    }
    await checkCompleted(root, action);
    rmSync(root, { recursive: true });
  }
});

async function checkCompleted(root: string, action: Action): Promise<void> {
  assert.deepEqual(readdirSync(join(root, 'se/rd')), ['serde-2.0.0.crate']);
  const { removalsFile, ledgerDirectory } = mirrorHome(root);
  assert.deepEqual(
    [...new VerifiedLedger(ledgerDirectory).files('se')].map(({ path }) => path),
    [KEPT],
  );
  const journal = new RemovalJournal(removalsFile);
  const done = journal.removals('done');
  assert.deepEqual([done.length, journal.removals('planned').length], [FILES, 0]);
  for (const { to, version } of done)
    if (to !== null) assert.equal(readFileSync(join(root, '.crates-mirror', to), 'utf8'), version);
  const recorded = new Set<string>();
  for await (const { path, status } of readManifest(join(root, 'manifest.jsonl'))) {
    assert.equal(status, action === 'delete' ? 'deleted' : 'quarantined');
    recorded.add(path);
  }
  assert.equal(recorded.size, FILES);
}
