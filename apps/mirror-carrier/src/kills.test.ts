import assert from 'node:assert/strict';
import fs, { readdirSync, renameSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { remainderOf } from '@crates-mirror/fs-atomic';
import { Gap } from './test-crates.ts';

/** Calls that change something on disk. */
const CHANGING = [
  'appendFileSync',
  'copyFileSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
] as const;
/** Kills of each kind. A higher number searches for rare failures. */
const KILLS = Number(process.env['CRATES_MIRROR_TEST_KILLS'] ?? 10);
/** A process id that does not exist, because Linux by default assigns only lower ones. */
const NOBODY = 4_194_304;

class Killed extends Error {}

/**
 * Makes all modifying calls fail from a given one on, so that nothing is cleaned up.
 *
 * @returns the number of such calls
 */
async function killedAt(t: TestContext, step: number, run: () => Promise<unknown>): Promise<number> {
  let steps = 0;
  for (const name of CHANGING) {
    const original = fs[name] as (...args: unknown[]) => unknown;
    t.mock.method(fs, name, (...args: unknown[]) => {
      steps += 1;
      if (steps > step) throw new Killed(name);
      return original(...args);
    });
  }
  syncBuiltinESMExports();
  try {
    await run();
  } catch (error) {
    // The code may have wrapped the kill in an error of its own.
    if (steps <= step) throw error;
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  return steps;
}

/** Makes the remains of a run look like those of another process: its locks and temporary names. */
function bury(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (/(^|\.)lock$/.test(entry.name)) rmSync(path, { force: true });
  }
  for (const name of readdirSync(directory).filter((one) => /^parcel-.*\.partial$/.test(one))) {
    const buried = name.replace(/\.\d+-[0-9a-z]+\.partial$/, `.${NOBODY}-1.partial`);
    assert.equal(remainderOf(buried)?.startsWith('parcel-'), true);
    renameSync(join(directory, name), join(directory, buried));
  }
}

/** Pseudorandom numbers from 0 up to a limit, the same for each seed. */
function* random(seed: number, limit: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield Math.floor((state / 2 ** 32) * limit);
  }
}

async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (let i = 0; i < 4; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  gap.publish('goes', '1.0.0', 'is deleted');
  await gap.pack();
  await gap.unpack();
  gap.publish('crate-1', '1.1.0', 'new');
  gap.publish('crate-2', '1.0.0', 'published anew');
  gap.publish('large', '1.0.0', Buffer.alloc(1_200_000, 'large'));
  gap.delete('goes');
  return gap;
}

/** Asserts that the mirror on the far side holds everything that its index names. */
function assertHeld(gap: Gap): void {
  const files = gap.tree('far');
  for (const [path, text] of gap.tree('far-index')) {
    if (path === 'config.json') continue;
    for (const line of text.trim().split('\n')) {
      const { name, vers } = JSON.parse(line) as { name: string; vers: string };
      assert.ok(files.has(`${dirname(path)}/${name}-${vers}.crate`), `${name} ${vers}`);
    }
  }
}

test('pack, killed at any step, leaves no half parcel, and the next run packs a whole one', async (t) => {
  const gap = await makeGap(t);
  const pack = (to: string) => gap.pack({ since: gap.at('receipt.json'), to: gap.at(to) });
  const steps = await killedAt(t, Number.MAX_SAFE_INTEGER, () => pack('whole'));
  const points = random(1, steps);
  for (let i = 0; i < KILLS; i++) {
    const to = `to-${i}`;
    const step = points.next().value as number;
    await killedAt(t, step, () => pack(to));
    for (const directory of [to, 'near']) if (fs.existsSync(gap.at(directory))) bury(gap.at(directory));
    const isThere = fs.existsSync(gap.at(to, 'parcel-0002'));
    if (!isThere) assert.equal((await pack(to)).code, 0, `killed at step ${step} of ${steps}`);
    assert.deepEqual(readdirSync(gap.at(to)), ['parcel-0002'], `killed at step ${step} of ${steps}`);
  }
  for (const i of [0, KILLS - 1]) {
    rmSync(gap.at('far'), { recursive: true });
    rmSync(gap.at('far-index'), { recursive: true });
    await gap.unpack();
    await gap.unpack({ from: gap.at(`to-${i}`) });
    assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
    rmSync(gap.at(`to-${i}`), { recursive: true });
  }
});

test('unpack, killed at any step, loses nothing, names nothing that is not there, and goes on', async (t) => {
  const gap = await makeGap(t);
  await gap.pack({ since: gap.at('receipt.json') });
  const first = gap.at('parcels/parcel-0001');
  const restart = async (): Promise<void> => {
    for (const name of ['far', 'far-index']) rmSync(gap.at(name), { recursive: true, force: true });
    await gap.unpack({ from: first });
  };
  await restart();
  const steps = await killedAt(t, Number.MAX_SAFE_INTEGER, () => gap.unpack());
  const points = random(2, steps);
  for (let i = 0; i < KILLS; i++) {
    await restart();
    // Twice, because a run that resumes after a kill can be killed, too.
    for (let kill = 0; kill < 2; kill++) {
      const step = points.next().value as number;
      await killedAt(t, step, () => gap.unpack());
      for (const name of ['far', 'far-index']) bury(gap.at(name));
      assertHeld(gap);
    }
    assert.equal((await gap.unpack()).code, 0);
    assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
    for (const [path, bytes] of gap.tree('near')) assert.equal(gap.tree('far').get(path), bytes, path);
  }
});

test('unpack into bundles, killed at any step, goes on', async (t) => {
  const gap = await makeGap(t);
  await gap.pack({ since: gap.at('receipt.json') });
  const options = {
    mirror: gap.at('far-2'),
    bundlesDir: gap.at('far-2/bundles'),
    indexDir: gap.at('index-2'),
  };
  const steps = await killedAt(t, Number.MAX_SAFE_INTEGER, () => gap.unpack(options));
  const points = random(3, steps);
  for (let i = 0; i < KILLS; i++) {
    for (const name of ['far-2', 'index-2']) rmSync(gap.at(name), { recursive: true, force: true });
    await killedAt(t, points.next().value as number, () => gap.unpack(options));
    for (const name of ['far-2', 'index-2']) if (fs.existsSync(gap.at(name))) bury(gap.at(name));
    assert.equal((await gap.unpack(options)).code, 0);
    assert.deepEqual(gap.tree('index-2'), gap.tree('index'));
    assert.equal(
      fs.readFileSync(gap.at('far-2/bundles/bundles.index.jsonl'), 'utf8').trim().split('\n').length,
      2,
    );
  }
});
