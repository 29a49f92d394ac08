import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { FatalError } from '@crates-mirror/errors';
import { PiecePool } from './index.ts';

const worker = new URL('./doubling-worker.ts', import.meta.url);

function poolOf(pieces: readonly number[], onResult: (doubled: number) => void | Promise<void>) {
  const left = [...pieces];
  return new PiecePool<number, { readonly doubled: number }>({
    worker,
    count: 3,
    maxAhead: 8,
    start: undefined,
    next: () => left.shift(),
    onResult: ({ doubled }) => onResult(doubled),
  });
}

test('every piece is completed once, and results come in the order of the pieces', async () => {
  const pieces = Array.from({ length: 200 }, (_, i) => (i * 37) % 101);
  const results: number[] = [];
  await poolOf(pieces, (doubled) => void results.push(doubled)).run();
  assert.deepEqual(
    results,
    pieces.map((piece) => 2 * piece),
  );
  await poolOf([], () => assert.fail()).run();
});

test('a slow taker of results holds back the workers, and stop ends with the pieces in progress', async () => {
  let taken = 0;
  let handedOut = 0;
  const pool = new PiecePool<number, unknown>({
    worker,
    count: 2,
    maxAhead: 2,
    start: undefined,
    next: () => {
      handedOut += 1;
      assert.ok(handedOut - taken <= 9, `${handedOut} handed out, ${taken} taken`);
      return handedOut;
    },
    onResult: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      taken += 1;
      if (taken === 50) pool.stop();
    },
  });
  await pool.run();
  assert.ok(taken >= 50 && taken === handedOut, `${taken} of ${handedOut}`);
});

test('of quick pieces many wait at a worker, of slow ones two', async () => {
  const maxUnderWay = async (pieces: readonly number[]): Promise<number> => {
    let most = 0;
    let underWay = 0;
    const left = [...pieces];
    const pool = new PiecePool<number, unknown>({
      worker,
      count: 1,
      maxAhead: 8,
      start: undefined,
      next: () => {
        const piece = left.shift();
        if (piece !== undefined) underWay += 1;
        most = Math.max(most, underWay);
        return piece;
      },
      onResult: () => {
        underWay -= 1;
      },
    });
    await pool.run();
    return most;
  };
  assert.ok((await maxUnderWay(Array(200).fill(0))) >= 4);
  assert.equal(await maxUnderWay(Array(10).fill(1000)), 2);
});

test('what the giver of pieces throws ends the run, from the first piece on', async () => {
  for (const good of [0, 1, 20]) {
    let given = 0;
    const pool = new PiecePool<number, unknown>({
      worker,
      count: 2,
      maxAhead: 2,
      start: undefined,
      next: () => {
        given += 1;
        if (given > good) throw new Error('the list is gone');
        return given;
      },
      onResult: () => {},
    });
    await assert.rejects(pool.run(), /the list is gone/);
  }
});

test('what a worker or the taker of results throws ends the run', async () => {
  await assert.rejects(poolOf([1, -1, 2], () => {}).run(), /no piece to double/);
  const failing = poolOf([1, 2], () => {
    throw new Error('the disk is full');
  });
  await assert.rejects(failing.run(), /the disk is full/);
});

test('a worker that the system would not have started is reported in one line, whenever it died', async () => {
  const program = `throw Object.assign(new Error("EMFILE: too many open files, open 'x'"), { code: 'EMFILE' })`;
  const dying = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const options = { maxAhead: 2, start: undefined, next: () => 1, onResult: () => {} };
  const pool = new PiecePool<number, unknown>({ worker: dying, count: 2, ...options });
  // The pool's own worker was started before, and has ended by then.
  await once(new Worker(dying), 'error').catch(() => {});
  await assert.rejects(
    pool.run(),
    new FatalError('no_threads', "cannot start a thread: EMFILE: too many open files, open 'x'", {
      hint: 'Allow more open files (ulimit -n) and run again',
    }),
  );
});
