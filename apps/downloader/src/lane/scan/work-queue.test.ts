import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Work } from '../../plan/work.ts';
import type { Target } from '../target.ts';
import { WorkQueue } from './work-queue.ts';

function work(...names: string[]): Work {
  return { kind: 'index', files: names, most: undefined };
}

/** Scans each index file as one target. A file with an empty name takes time but has no target. */
function newWorkQueue(): WorkQueue<Target> {
  return new WorkQueue(function* (piece) {
    for (const name of piece.kind === 'index' ? piece.files : [])
      yield name === '' ? undefined : ({ name } as Target);
  });
}

test('pieces are scanned one after the other, and the end is reported once nothing more will come', () => {
  const workQueue = newWorkQueue();
  assert.deepEqual([workQueue.hasMore, workQueue.isExhausted], [false, false]);
  for (const piece of [work('a', '', 'b'), work(), work('c')]) workQueue.accept(piece);
  workQueue.complete();
  const names: string[] = [];
  for (let steps = 0; workQueue.hasMore; steps++) {
    assert.ok(steps < 20 && !workQueue.isExhausted);
    names.push(workQueue.next()?.name ?? '-');
  }
  assert.deepEqual(names, ['a', '-', 'b', '-', '-', 'c', '-']);
  assert.deepEqual([workQueue.isExhausted, workQueue.ask(true, true)], [true, false]);
});

test('one piece at a time is asked for, ahead only by who has nothing to fetch', () => {
  const busy = newWorkQueue();
  assert.deepEqual([busy.ask(false, true), busy.ask(false, true)], [true, false]);
  busy.accept(work('a'));
  assert.deepEqual([busy.ask(false, true), busy.next()?.name, busy.ask(false, true)], [false, 'a', false]);
  busy.next();
  assert.deepEqual([busy.ask(false, false), busy.ask(false, true)], [false, true]);

  const idle = newWorkQueue();
  for (let pieces = 0; pieces < 2; pieces++) {
    assert.equal(idle.ask(true, true), true);
    idle.accept(work('a'));
  }
  assert.equal(idle.ask(true, true), false);
  idle.next();
  assert.equal(idle.ask(true, true), true);
});
