import { parse } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { shardName } from '@crates-mirror/layout/run-shard';
import type { RawValues } from './option-table.ts';

/** Checks that a run over one shard can do what is asked for. @throws UsageError */
export function checkShard({ shard, bundle, scrub, onRemoved, restore }: RawValues): void {
  if (shard === undefined) return;
  for (const [option, isGiven, hint] of [
    ['--bundle', bundle === true, 'Bundle in one run without --shard, once the crate files are in place'],
    ['--scrub', scrub !== undefined, 'Scrub in a run without --shard, or give --verify-existing'],
    [`--on-removed ${onRemoved}`, onRemoved !== 'keep', 'Remove in a run without --shard'],
    ['--restore', restore !== undefined, 'Leave --shard out'],
  ] as const)
    if (isGiven)
      throw new UsageError(`${option} works on the whole mirror, and --shard on a share of it`, { hint });
}

/**
 * The manifest of a run. That of a shard is one file for each run, `NAME.shard-2-of-4.TIME.jsonl`: no two
 * runs append to the same file.
 */
export function manifestOf({ manifest, shard }: Pick<RawValues, 'manifest' | 'shard'>, now: Date): string {
  if (shard === undefined) return manifest;
  const { dir, name, ext } = parse(manifest);
  const time = now.toISOString().replaceAll(/[-:]/g, '');
  return `${dir === '' ? '' : `${dir.replace(/\/$/, '')}/`}${name}.${shardName(shard)}.${time}${ext}`;
}
