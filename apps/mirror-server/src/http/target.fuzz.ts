import assert from 'node:assert/strict';
import { parseLayout } from '@crates-mirror/layout';
import { parsePaging } from '../api/paging.ts';
import { parseCrateAddress } from '../crate-address.ts';
import { parseTarget } from './target.ts';

const LAYOUTS = ['cargo', 'upstream', '{prefix}/{crate}/{version}/{sha256-checksum}.crate'].map(parseLayout);

export const seeds = [
  `/crates/se/rd/serde-1.0.0%2Bb.crate?sha256=${'0123456789abcdef'.repeat(4)}`,
  '/crates/serde/1.0.0/download',
  'http://m.example/api/v1/crates?q=serde&per_page=10&page=2#x',
  '/%2e%2e/%2f/..\\',
];

/** A request's target is refused, or has segments that name nothing outside of the mirror. */
export function fuzz(data: Buffer): void {
  const target = parseTarget(data.toString('latin1'));
  if (typeof target === 'number') return;
  for (const segment of target.segments) assert.doesNotMatch(segment, /^\.\.?$|[\0/\\]/);
  for (const layout of LAYOUTS) parseCrateAddress(target, layout);
  const paging = parsePaging(target.query);
  if (typeof paging !== 'string') assert.ok(paging.perPage <= 100 && paging.page >= 1);
}
