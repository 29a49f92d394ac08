import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitConnections } from './open-files.ts';

test('there are as many connections as can all download, and somebody can still look after the server', () => {
  const notes: string[] = [];
  const fit = (limit: number | undefined): number =>
    fitConnections(16_000, (text) => notes.push(text), limit);
  assert.equal(fit(524_288), 16_000);
  assert.equal(fit(33_000), 16_000);
  assert.deepEqual(notes, []);
  assert.equal(fit(20_000), 9500);
  assert.equal(fit(1024), 384);
  assert.deepEqual(notes, [
    'the system allows 20000 open files, so that 9500 connections are taken at most (see ulimit -n)',
    'the system allows 1024 open files, so that 384 connections are taken at most (see ulimit -n)',
  ]);
});
