import assert from 'node:assert/strict';
import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index';
import { parseListUrl } from './list-url.ts';

export const seeds = [
  'https://static.crates.io/crates/serde/serde-1.0.0.crate',
  'http://[::1]:8080/api/v1/crates/a/1.0.0-rc.1+b/download?x#y',
  'https://m.example/se/rd/serde-1.0.0%2Bbuild.crate',
];

/** A line is refused in words, or names a version of a crate. */
export function fuzz(data: Buffer): void {
  const listed = parseListUrl(data.toString());
  if (typeof listed === 'string') return;
  assert.ok(isCrateName(listed.name) && isCrateVersion(listed.version), listed.url.href);
  assert.match(listed.url.protocol, /^https?:$/);
}
