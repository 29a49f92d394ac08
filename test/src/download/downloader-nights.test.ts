import assert from 'node:assert/strict';
import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FaultPlan,
  faultsAtRandom,
  makeCertificate,
  startRegistry,
} from '@crates-mirror/sample-registry';
import fc from 'fast-check';
import {
  type Cleanup,
  type Ended,
  readTree,
  records,
  runTool,
  scratch,
  startTool,
} from '../support/tools.ts';
import { type Change, ChangingRegistry } from './changing-registry.ts';

const anyChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('new crate', 'new version', 'new version', 'yank', 'other checksum', 'crate removed'),
  pick: fc.nat(10_000),
});

const anyNight = fc.record({
  changes: fc.array(anyChange, { maxLength: 8 }),
  /** Share of requests with each fault. */
  faultRate: fc.constantFrom(0, 0.01, 0.03),
  kill: fc.option(
    fc.record({
      signal: fc.constantFrom('SIGKILL' as const, 'SIGTERM' as const, 'SIGINT' as const),
      afterMs: fc.integer({ min: 0, max: 600 }),
    }),
  ),
  clumsiness: fc.option(
    fc.record({ kind: fc.constantFrom('cut', 'removed', 'overwritten'), pick: fc.nat(10_000) }),
  ),
});
type Night = typeof anyNight extends fc.Arbitrary<infer T> ? T : never;

/**
 * Nights without shrinking, which would take many minutes: fast-check prints the seed to reproduce
 * them.
 */
const RUNS = { numRuns: 1, endOnFailure: true };
const anyNights = fc.array(anyNight, { minLength: 6, maxLength: 12 });
/**
 * Files changed less than two seconds ago are checked fully by every run, which does not apply to
 * most of an index.
 */
const STABLE_MS = 2100;

/** A mirror over several nights. */
class Mirror {
  readonly #t: Cleanup;
  readonly #cwd: string;
  readonly #args: string[];
  readonly out: string;

  constructor(t: Cleanup, cwd: string, index: string, origin: string, more: readonly string[]) {
    this.#t = t;
    this.#cwd = cwd;
    this.out = join(cwd, 'm');
    const upstream = ['--crates-base-url', `${origin}/crates`, '--ca-file', join(cwd, 'ca.pem')];
    const patience = ['--retry-base', '5ms', '--retry-max', '20ms'];
    const source = ['--index-dir', index, '--include-yanked', '--out', 'm', '--manifest', 'all.jsonl'];
    this.#args = [...source, ...upstream, ...patience, ...more];
  }

  /** One run with its troubles. */
  async troubledRun({ kill }: Night): Promise<void> {
    const run = startTool(this.#t, 'downloader', this.#args, this.#cwd);
    if (kill !== null) {
      await sleep(kill.afterMs);
      run.child.kill(kill.signal);
    }
    const { code, stderr } = await run.ended;
    assert.ok([0, 1, 130, null].includes(code), `exit code ${code}\n${stderr}`);
    assert.doesNotMatch(stderr, /internal error|\n {4}at /);
  }

  /** One undisturbed run. */
  quietRun(): Promise<Ended> {
    rmSync(join(this.#cwd, 'all.jsonl'), { force: true });
    return runTool(this.#t, 'downloader', this.#args, this.#cwd);
  }

  /** Damages a crate file in the mirror, if there is one. */
  spoil({ clumsiness }: Night): void {
    const paths = existsSync(this.out) ? [...readTree(this.out).keys()] : [];
    if (clumsiness === null || paths.length === 0) return;
    const file = join(this.out, paths[clumsiness.pick % paths.length] as string);
    if (clumsiness.kind === 'removed') rmSync(file);
    else if (clumsiness.kind === 'cut') truncateSync(file, 0);
    else writeFileSync(file, 'not this');
  }
}

/** @param held reads the current content of the mirror */
async function liveThrough(
  t: Cleanup,
  nights: readonly Night[],
  more: readonly string[],
  held: (cwd: string) => Promise<ReadonlyMap<string, Buffer>>,
): Promise<void> {
  const cwd = scratch(t);
  const registry = new ChangingRegistry(join(cwd, 'index'), 40);
  const certificate = await makeCertificate();
  writeFileSync(join(cwd, 'ca.pem'), certificate.cert);
  let faults: FaultPlan = () => undefined;
  const upstream = await startRegistry({
    find: registry.find,
    protocol: 'h2',
    certificate,
    faults: (path, attempt) => faults(path, attempt),
  });
  t.after(() => upstream.close());
  await sleep(STABLE_MS);
  const mirror = new Mirror(t, cwd, registry.index, upstream.origin, more);
  for (const [number, night] of nights.entries()) {
    for (const change of night.changes) registry.apply(change);
    if (night.faultRate > 0) faults = faultsAtRandom(number, night.faultRate);
    await mirror.troubledRun(night);
    mirror.spoil(night);
    faults = () => undefined;
    const { code, stderr } = await mirror.quietRun();
    assert.equal(code, 0, stderr);
    const wanted = registry.files;
    const completed = await records(join(cwd, 'all.jsonl'));
    assert.deepEqual(completed.map(({ path }) => path).sort(), [...wanted.keys()].sort());
    assert.ok(completed.every(({ ok }) => ok));
    const files = await held(cwd);
    for (const [path, body] of wanted) assert.ok(files.get(path)?.equals(body), path);
  }
  await upstream.close();
}

test('whatever the nights bring, a quiet run leaves the mirror whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyNights, (nights) =>
      liveThrough(t, nights, [], async (cwd) => readTree(join(cwd, 'm'))),
    ),
    RUNS,
  );
});

test('the same for bundles, as they are extracted', async (t) => {
  const bundles = ['--bundle', '--bundles-out', 'b', '--bundle-size-gb', '0.001'];
  await fc.assert(
    fc.asyncProperty(anyNights, (nights) =>
      liveThrough(t, nights, bundles, async (cwd) => {
        rmSync(join(cwd, 'x'), { recursive: true, force: true });
        const ended = await runTool(t, 'bundle-extractor', ['--bundles-dir', 'b', '--out', 'x'], cwd);
        assert.equal(ended.code, 0, ended.stderr);
        return readTree(join(cwd, 'x'));
      }),
    ),
    RUNS,
  );
});
