/** crates.io's own limit (crates.io, `Crate::validate_crate_name`). */
const LONGEST_NAME = 64;
/** Leaves room for a name, `.crate.json` and separators within the 255 bytes of a file name. */
const LONGEST_VERSION = 160;

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
// The grammar of semver.org 2.0.0, save that leading zeros are let through: what matters here is which characters
// can reach a path or URL.
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** Whether `name` is a crate name: ASCII letters, digits, `-` and `_`, a letter first, at most 64 characters. */
export function isCrateName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= LONGEST_NAME && NAME.test(name);
}

/** Whether `version` is a semantic version of at most 160 characters. */
export function isCrateVersion(version: unknown): version is string {
  return typeof version === 'string' && version.length <= LONGEST_VERSION && VERSION.test(version);
}

/**
 * cargo's `{prefix}` marker: `1`, `2`, `3/s` or `se/rd`, in the name's own case.
 * Source: The Cargo Book, "Index Format".
 */
export function indexPrefix(name: string): string {
  if (name.length < 3) return String(name.length);
  if (name.length === 3) return `3/${name[0]}`;
  return `${name.slice(0, 2)}/${name.slice(2, 4)}`;
}

/** The path of a crate's index file: lower case, `se/rd/serde`. */
export function indexPath(name: string): string {
  const lower = name.toLowerCase();
  return `${indexPrefix(lower)}/${lower}`;
}

/** The first directory of a crate's index path: the unit by which a mirror's knowledge is kept. */
export function indexShard(name: string): string {
  return name.length <= 3 ? String(name.length) : name.slice(0, 2).toLowerCase();
}
