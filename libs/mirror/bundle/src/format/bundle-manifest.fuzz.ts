import assert from 'node:assert/strict';
import { encodeMember, parseMember } from './bundle-manifest.ts';

const SHA256 = '0123456789abcdef'.repeat(4);

export const seeds = [
  `{"schema_version":1,"url":"https://x.example/a","name":"serde","version":"1.0.0","path":"se/rd/serde-1.0.0.crate","size":1,"sha256":"${SHA256}","offset":512}`,
];

/** A line is no member, or one that is written and read as the same, and stays below the root. */
export function fuzz(data: Buffer): void {
  const member = parseMember(data.toString());
  if (member === undefined) return;
  assert.deepEqual(parseMember(encodeMember(member)), member);
  assert.ok(!member.path.startsWith('/') && !member.path.split('/').includes('..'), member.path);
}
