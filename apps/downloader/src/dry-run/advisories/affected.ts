import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Advisory, type AdvisoryDatabase, isAffected } from '@crates-mirror/advisories';
import { heldMembers } from '@crates-mirror/bundle';
import { indexShard } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { mirrorHome, parseCratePath } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { compareVersionTexts } from '@crates-mirror/semver';

/** An advisory and the held versions that it affects. */
export interface AffectedCrate {
  readonly advisory: Advisory;
  /** Sorted by precedence. */
  readonly versions: readonly string[];
}

type Options = Pick<DownloaderOptions, 'out' | 'bundle'>;
type Held = Map<string, Set<string>>;

/**
 * Finds the advisories that affect crate files of a mirror, whether the index still names them or
 * not, since malicious versions are removed from the index.
 *
 * @param bundles ids of the bundles whose members count as mirrored
 * @throws the system's error when the mirror or the database cannot be read
 */
export function findAffected(
  advisories: AdvisoryDatabase,
  options: Options,
  bundles: readonly string[],
): readonly AffectedCrate[] {
  const held: Held = new Map([...advisories.names()].map((name) => [name, new Set<string>()]));
  addLoose(held, options);
  addMembers(held, options, bundles);
  return [...held].flatMap(([name, versions]) =>
    versions.size === 0 ? [] : advisories.of(name).flatMap((advisory) => affectedBy(advisory, versions)),
  );
}

function affectedBy(advisory: Advisory, held: ReadonlySet<string>): AffectedCrate[] {
  const versions = [...held].filter((version) => isAffected(advisory, version)).sort(compareVersionTexts);
  return versions.length === 0 ? [] : [{ advisory, versions }];
}

function addLoose(held: Held, { out }: Options): void {
  const root = resolve(out);
  const ledger = new VerifiedLedger(mirrorHome(root).ledgerDirectory, { isShared: true });
  const shards = new Set([...held.keys()].map(indexShard));
  for (const shard of ledger.shards().filter((one) => shards.has(one)))
    for (const { path } of ledger.files(shard))
      add(held, path, () => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
}

function addMembers(held: Held, { bundle }: Options, bundles: readonly string[]): void {
  if (bundle === undefined) return;
  const { membersDirectory } = mirrorHome(bundle.directory);
  for (const { path } of heldMembers(membersDirectory, bundles)) add(held, path, () => true);
}

function add(held: Held, path: string, isThere: () => boolean): void {
  const crate = parseCratePath(path.split('/'));
  const versions = crate && held.get(crate.name);
  if (versions !== undefined && isThere()) versions.add(crate?.version ?? '');
}
