import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarlyProblems } from './index.ts';

test('problems are kept until there is somebody to report them to, each is reported once', () => {
  const problems = new EarlyProblems<number>();
  const { report } = problems;
  report(1);
  report(2);
  const reported: number[] = [];
  problems.reportTo((problem) => reported.push(problem));
  report(3);
  assert.deepEqual(reported, [1, 2, 3]);
});
