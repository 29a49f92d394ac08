import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../target.ts';
import { withoutDenied } from './denied-targets.ts';
import type { Targets } from './targets.ts';

function target(version: string): Target {
  return {
    name: 'evil',
    version,
    sha256: undefined,
    ...{ url: '', origin: '', path: '', shard: 'ev', isToVerify: false },
    ...{ startedAt: 0, retries: 0, lostConnections: 0, hasLooseCopy: false },
  };
}

function* targets(): Targets {
  yield target('1.0.0');
  yield undefined;
  yield target('1.1.0');
}

test('denied versions are no targets', () => {
  const rule = { crate: 'Evil', versions: '>=1.1', reason: 'r', since: undefined };
  const work = { kind: 'list', lines: [] } as const;
  assert.deepEqual(
    [...withoutDenied(targets, [rule])(work)].map((one) => one?.version),
    ['1.0.0', undefined],
  );
  assert.equal(withoutDenied(targets, []), targets);
});
