import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index/names';
import { type CrateId, compileTemplate, hasMarkers, type Template } from './template.ts';

/**
 * Upstream URLs of crate files.
 *
 * @param base `https://static.crates.io/crates`, below which the CDN's `{crate}/{crate}-{version}.crate` is asked for;
 * or a URL with cargo's `dl` markers, for a mirror of another shape
 */
export function crateUrls(base: string): Template {
  const template = compileTemplate(hasMarkers(base) ? base : `${base}/{crate}/{crate}-{version}.crate`);
  // The only character of names and versions that is not safe in a path everywhere.
  return (crate) =>
    template(crate.version.includes('+') ? { ...crate, version: encodePlus(crate.version) } : crate);
}

function encodePlus(version: string): string {
  return version.replaceAll('+', '%2B');
}

/**
 * The crate that a download URL names: `…/{crate}-{version}.crate`, or `…/{crate}/{version}/download` as cargo asks.
 * @returns undefined when it names none
 */
export function parseCrateUrl(url: URL): Omit<CrateId, 'sha256'> | undefined {
  return parseCratePath(decodedSegments(url));
}

/** The same for the segments of a path, decoded. */
export function parseCratePath(segments: readonly string[]): Omit<CrateId, 'sha256'> | undefined {
  const last = segments.at(-1) ?? '';
  if (last === 'download') return crateId(segments.at(-3), segments.at(-2));
  if (!last.endsWith('.crate')) return undefined;
  return splitFileName(last.slice(0, -'.crate'.length), segments.at(-2));
}

/** The first hyphen that leaves a version behind it ends the name, unless the directory above is the name. */
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
