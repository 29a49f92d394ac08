import { resolve } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { UsageError } from '@crates-mirror/errors';
import { crateUrls, lockHome, requireMirror } from '@crates-mirror/layout';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { type Removal, restorable, restore, restoredRecord } from '@crates-mirror/removals';
import { bundlePlace, loosePlace, type RemovalPlace } from '@crates-mirror/removals/places';

type RestoreOptions = Pick<DownloaderOptions, 'restore' | 'out' | 'bundle' | 'manifest' | 'cratesBaseUrl'>;

/**
 * Restores the most recently removed crate file of one version.
 *
 * @returns the exit code
 * @throws UsageError when there is none; CodedError when it cannot be restored
 */
export function runRestore(options: RestoreOptions): number {
  const { out, bundle } = options;
  const { name, version } = parseWanted(options.restore ?? '');
  const roots = [{ root: out, option: '--out' }];
  if (bundle !== undefined) roots.push({ root: bundle.directory, option: '--bundles-out' });
  for (const { root, option } of roots) requireMirror(root, option);
  const locks = roots.map(({ root, option }) => lockHome(root, option));
  try {
    return restoreAll(options, name, version);
  } finally {
    for (const lock of locks) lock.release();
  }
}

function restoreAll(options: RestoreOptions, name: string, version: string): number {
  const { out, bundle, manifest } = options;
  const record = new ManifestWriter(manifest);
  const places = openPlaces(options);
  try {
    const found = places.flatMap((place) => lastOf(place, name, version));
    if (found.length === 0)
      throw new UsageError(`--restore: nothing of ${name} ${version} is in the quarantine of ${out}`, {
        hint:
          bundle === undefined
            ? 'removals.jsonl in its .crates-mirror has all that was removed; for a member of a bundle, add --bundle and --bundles-out'
            : 'removals.jsonl in its .crates-mirror, and in that of the bundles, has all that was removed',
      });
    for (const { place, removal } of found) {
      restore(place, removal, 'hand');
      record.append(restoredRecord(removal, crateUrls(options.cratesBaseUrl)));
      process.stdout.write(`${name} ${version} is back: ${placeOf(place, removal)}\n`);
    }
    return ExitCode.done;
  } finally {
    for (const { journal } of places) journal.close();
    record.close();
  }
}

function placeOf({ root }: RemovalPlace, { path, bundle }: Removal): string {
  return bundle === null ? resolve(root, path) : `${path} in ${bundle} of ${root}`;
}

function openPlaces({ out, bundle }: RestoreOptions): readonly RemovalPlace[] {
  const bundles = bundle === undefined ? [] : [bundlePlace(bundle.directory, [], () => {})];
  return [loosePlace(out, () => {}), ...bundles];
}

function lastOf(
  place: RemovalPlace,
  name: string,
  version: string,
): readonly { readonly place: RemovalPlace; readonly removal: Removal }[] {
  return restorable(place, name, version)
    .slice(0, 1)
    .map((removal) => ({ place, removal }));
}

function parseWanted(text: string): { readonly name: string; readonly version: string } {
  const [, name, version] = /^([^@]+)@(.+)$/.exec(text) ?? [];
  if (isCrateName(name) && isRecordedVersion(version)) return { name, version };
  throw new UsageError(`--restore: '${text}' is not a crate and its version`, {
    hint: 'Write it like serde@1.0.0',
  });
}
