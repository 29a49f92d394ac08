import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index/names';
import { type CrateId, compileTemplate, hasMarkers, type Template } from './template.ts';

/**
 * Upstream URLs of crate files.
 *
 * @param base `https://static.crates.io/crates`, to which the CDN's
 * `{crate}/{crate}-{version}.crate` is appended; or a URL with cargo's `dl` markers, for a mirror
 * with other paths
 */
export function crateUrls(base: string): Template {
  const template = compileTemplate(hasMarkers(base) ? base : `${base}/{crate}/{crate}-{version}.crate`);
  // A plus sign is the only character in names and versions that is not always safe in a path.
  return (crate) =>
    template(crate.version.includes('+') ? { ...crate, version: encodePlus(crate.version) } : crate);
}

function encodePlus(version: string): string {
  return version.replaceAll('+', '%2B');
}

/**
 * Parses the crate in a download URL: `…/{crate}-{version}.crate`, or
 * `…/{crate}/{version}/download` as cargo requests it.
 * @returns undefined if the URL names no crate
 */
export function parseCrateUrl(url: URL): Omit<CrateId, 'sha256'> | undefined {
  return parseCratePath(decodedSegments(url));
}

/** Like {@link parseCrateUrl}, for the decoded segments of a path. */
export function parseCratePath(segments: readonly string[]): Omit<CrateId, 'sha256'> | undefined {
  const last = segments.at(-1) ?? '';
  if (last === 'download') return crateId(segments.at(-3), segments.at(-2));
  if (!last.endsWith('.crate')) return undefined;
  return splitFileName(last.slice(0, -'.crate'.length), segments.at(-2));
}

/**
 * Splits at the directory's name if the file name starts with it, otherwise at the first hyphen
 * that is followed by a valid version.
 */
function splitFileName(stem: string, directory: string | undefined): Omit<CrateId, 'sha256'> | undefined {
  if (directory !== undefined && stem.startsWith(`${directory}-`)) {
    const found = crateId(directory, stem.slice(directory.length + 1));
    if (found !== undefined) return found;
  }
  for (let hyphen = stem.indexOf('-'); hyphen !== -1; hyphen = stem.indexOf('-', hyphen + 1)) {
    const found = crateId(stem.slice(0, hyphen), stem.slice(hyphen + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function crateId(name: string | undefined, version: string | undefined): Omit<CrateId, 'sha256'> | undefined {
  return isCrateName(name) && isCrateVersion(version) ? { name, version } : undefined;
}

function decodedSegments(url: URL): string[] {
  try {
    return url.pathname.split('/').map(decodeURIComponent);
  } catch {
    return [];
  }
}
