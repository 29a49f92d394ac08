import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALGORITHM_NAMES, type AlgorithmName, createDigest, DigestPool } from '../index.ts';
import { BLOCK_SIZE, Block, MAX_PARTS } from './block.ts';
import { shareOut } from './share-out.ts';

async function digestOf(name: AlgorithmName, bytes: Uint8Array): Promise<string> {
  const digest = await createDigest(name);
  digest.update(bytes);
  return Buffer.from(digest.take()).toString('hex');
}

/**
 * Sends files through a pool.
 *
 * @returns the digests of the whole, and the SHA-256 and BLAKE3 of each file
 */
async function digestFiles(
  workers: number,
  files: readonly Buffer[],
): Promise<{ whole: ReadonlyMap<AlgorithmName, string>; files: string[][] }> {
  const pool = new DigestPool({ workers, ofStream: ALGORITHM_NAMES, ofParts: ['sha256', 'blake3'] });
  const found: string[][] = [];
  const flights: Promise<void>[] = [];
  try {
    let block = await pool.obtain();
    const send = async (): Promise<void> => {
      const sent = block;
      const before = flights.at(-1);
      flights.push(
        pool.submit(sent).then(async () => {
          await before;
          for (let i = 0; i < sent.parts; i++) {
            if (!sent.part(i).isEnd) continue;
            found.push([pool.partDigest(sent, i, 'sha256'), pool.partDigest(sent, i, 'blake3')]);
          }
          pool.release(sent);
        }),
      );
      block = await pool.obtain();
    };
    for (const file of files) {
      let at = 0;
      do {
        if (block.isFull) await send();
        const count = Math.min(block.room.length, file.length - at);
        file.copy(block.room, 0, at, at + count);
        at += count;
        block.addPart(count, at === file.length);
      } while (at < file.length);
    }
    await send();
    await Promise.all(flights);
    return { whole: await pool.finish(), files: found };
  } finally {
    await pool.close();
  }
}

test('every digest of the whole and of each file, whatever their sizes and the number of workers', async () => {
  const sizes = [0, 1, 5, BLOCK_SIZE - 7, 1, 0, 3, BLOCK_SIZE, 2 * BLOCK_SIZE + 17, 0, 100];
  const files = sizes.map((size, i) => Buffer.alloc(size, `file ${i}, `));
  const all = Buffer.concat(files);
  for (const workers of [1, 2, 40]) {
    const found = await digestFiles(workers, files);
    assert.equal(found.whole.size, ALGORITHM_NAMES.length);
    for (const [name, digest] of found.whole) assert.equal(digest, await digestOf(name, all), name);
    const expected = files.map(async (file) => [
      createHash('sha256').update(file).digest('hex'),
      await digestOf('blake3', file),
    ]);
    assert.deepEqual(found.files, await Promise.all(expected));
  }
});

test('more tiny files than a block describes, and more blocks than there are', async () => {
  const files = Array.from({ length: 3 * MAX_PARTS }, (_, i) => Buffer.from(String(i)));
  files.push(Buffer.alloc(30 * BLOCK_SIZE, 'x'));
  const found = await digestFiles(2, files);
  assert.equal(found.files.length, files.length);
  for (const i of [0, 1, MAX_PARTS - 1, MAX_PARTS, files.length - 2, files.length - 1]) {
    assert.equal(
      found.files[i]?.[0],
      createHash('sha256')
        .update(files[i] as Buffer)
        .digest('hex'),
    );
  }
  assert.equal(found.whole.get('sha512'), createHash('sha512').update(Buffer.concat(files)).digest('hex'));
});

test('nothing to compute takes no worker', async () => {
  const pool = new DigestPool({ workers: 2, ofStream: [], ofParts: [] });
  const block = await pool.obtain();
  block.addPart(5, true);
  await pool.submit(block);
  assert.deepEqual(await pool.finish(), new Map());
  await pool.close();
});

test('a worker that fails, and who uses the pool, make all who wait fail', async () => {
  const broken = new DigestPool({ workers: 2, ofStream: ['sha256', 'sha512'], ofParts: [] });
  // A block that does not belong to the pool makes its threads fail.
  await assert.rejects(broken.submit(new Block(0)), /Cannot read properties of undefined/);
  await assert.rejects(broken.finish(), /Cannot read properties of undefined/);
  await broken.close();
  const pool = new DigestPool({ workers: 1, ofStream: ['sha512'], ofParts: [] });
  const blocks = [];
  for (let i = 0; i < 16; i++) blocks.push(await pool.obtain());
  const waiting = pool.obtain();
  pool.fail(new Error('enough'));
  await assert.rejects(waiting, /^Error: enough$/);
  await assert.rejects(pool.submit(blocks[0] as Block), /^Error: enough$/);
  await pool.close();
});

test('a closed pool lets the process end', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'digest-pool-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const script = join(directory, 'script.mjs');
  writeFileSync(
    script,
    `import { DigestPool } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    const pool = new DigestPool({ workers: 2, ofStream: ['sha256', 'whirlpool'], ofParts: [] });
    await pool.finish();
    await pool.close();`,
  );
  const { status, stderr } = spawnSync(process.execPath, [script], { timeout: 240_000 });
  assert.deepEqual([status, String(stderr)], [0, '']);
});

test('no worker gets more than its share and the dearest load', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(costs, fc.integer({ min: 1, max: 8 }), (list, workers) => {
      const shares = shareOut(
        list.map((cost) => ({ cost })),
        workers,
      );
      const sums = shares.map((loads) => loads.reduce((sum, { cost }) => sum + cost, 0));
      const total = list.reduce((sum, cost) => sum + cost, 0);
      assert.equal(
        sums.reduce((sum, one) => sum + one, 0),
        total,
      );
      assert.ok(sums.length <= workers && sums.every((sum) => sum > 0));
      assert.ok(Math.max(...sums) <= total / workers + Math.max(...list));
    }),
  );
});
