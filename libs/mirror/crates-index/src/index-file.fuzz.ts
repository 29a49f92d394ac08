import assert from 'node:assert/strict';
import { parseIndexFile } from './index-file.ts';
import { RegularFile } from './regular-file.ts';

const CKSUM = '0123456789abcdef'.repeat(4);
const LINE = `{"name":"serde","vers":"1.0.0-a.1+b","deps":[{"name":"x","req":"^1"}],"cksum":"${CKSUM}","features":{"a":["\\u0041"]},"yanked":false,"links":null}`;

export const seeds = [
  `${LINE}\n`,
  `${LINE.replace('1.0.0', '1.0.1')}\n${LINE}\n`,
  LINE.replace('false', 'true'),
];

/** The scanner of regular files and the general parser agree, and neither throws. */
export function fuzz(data: Buffer): void {
  const { entries, problems } = parseIndexFile(data, 'se/rd/serde');
  const file = RegularFile.scan(data, 'se/rd/serde');
  if (file === undefined) return;
  assert.equal(problems.length, 0);
  assert.deepEqual(
    entries.map(({ version, cksum, yanked }) => [version, cksum, yanked]),
    entries.map((_, i) => [file.version(i), file.cksum(i), file.isYanked(i)]),
  );
  assert.equal(file.count, entries.length);
}
