import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitConnections } from './open-files.ts';

test('there are as many connections as can all download, and somebody can still look after the server', () => {
  const notes: string[] = [];
  const fit = (limit: number | undefined, wanted?: number): number =>
    fitConnections(wanted, (text) => notes.push(text), limit);
  assert.equal(fit(524_288), 16_000);
  assert.equal(fit(33_000), 16_000);
  assert.deepEqual(notes, []);
  assert.equal(fit(20_000), 9500);
  assert.equal(fit(1024), 384);
  assert.equal(fit(1024, 384), 384);
  assert.deepEqual(notes, [], 'nobody asked for more');
  assert.equal(fit(20_000, 16_000), 9500);
  assert.equal(fit(1024, 16_000), 384);
  assert.deepEqual(notes, [
    '--max-connections 16000 is more than 20000 open files allow: 9500 connections are taken at most. Raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)',
    '--max-connections 16000 is more than 1024 open files allow: 384 connections are taken at most. Raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)',
  ]);
});
