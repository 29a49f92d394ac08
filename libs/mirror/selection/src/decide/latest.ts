import type { Entry } from '@crates-mirror/crates-index';
import { compareVersions, parseVersion, type Version } from '@crates-mirror/semver';

/**
 * The newest versions of a crate. Yanked versions are not counted; they are included if they are
 * not older than the oldest counted version. Pre-releases are included only if there are no
 * releases.
 *
 * @param entries those that no other rule excludes
 */
export function newestOf(entries: readonly Entry[], count: number): ReadonlySet<Entry> {
  const parsed = entries.map((entry) => ({ entry, version: parseVersion(entry.version) }));
  const counted = parsed.filter(({ entry }) => !entry.yanked);
  const releases = counted.filter(({ version }) => isRelease(version));
  const byAge = (releases.length > 0 ? releases : counted).toSorted((a, b) =>
    compareVersions(b.version, a.version),
  );
  const oldest = byAge[count - 1]?.version;
  const isIn = (version: Version): boolean =>
    (releases.length === 0 || isRelease(version)) &&
    (oldest === undefined || compareVersions(version, oldest) >= 0);
  return new Set(parsed.filter(({ version }) => isIn(version)).map(({ entry }) => entry));
}

function isRelease({ pre }: Version): boolean {
  return pre.length === 0;
}
