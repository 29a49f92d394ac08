import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemReporter } from './index.ts';

test('the first fifty problems are warnings, the rest is for debugging, and all are noted', () => {
  const said: Record<'debug' | 'warn', unknown[]> = { debug: [], warn: [] };
  let noted = 0;
  const report = problemReporter(
    { debug: (line) => void said.debug.push(line), warn: (line) => void said.warn.push(line) },
    () => {
      noted += 1;
    },
  );
  for (let line = 0; line < 53; line++) report({ file: 'se/rd/serde', line, message: 'is wrong' });
  assert.equal(noted, 53);
  assert.deepEqual(said.warn.slice(0, 2), ['se/rd/serde: is wrong', 'se/rd/serde:1: is wrong']);
  assert.deepEqual(said.warn.slice(49), [
    'se/rd/serde:49: is wrong',
    'further problems are logged at level debug',
  ]);
  assert.deepEqual(
    said.debug,
    [50, 51, 52].map((line) => `se/rd/serde:${line}: is wrong`),
  );
});
