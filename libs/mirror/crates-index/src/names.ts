/** crates.io's own limit (crates.io, `Crate::validate_crate_name`). */
const MAX_NAME = 64;
/** Leaves room for a name, `.crate.json` and separators within the 255 bytes of a file name. */
const MAX_VERSION = 160;

/**
 * Maximum of each number in a version's core, which cargo stores as unsigned 64-bit integers (crate
 * semver, `Version`).
 */
const MAX_NUMBER = String(2n ** 64n - 1n);

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const NUMBER = '(0|[1-9][0-9]*)';
const PRE_RELEASE = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const BUILD = '[0-9A-Za-z-]+';
/** The grammar of semver.org 2.0.0. */
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRE_RELEASE}(?:\\.${PRE_RELEASE})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
);
/** The same, but numbers may have leading zeros. */
const RECORDED_VERSION =
  /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * Whether `name` is a crate name: at most 64 ASCII letters, digits, `-` and `_`, starting with a
 * letter.
 */
export function isCrateName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= MAX_NAME && NAME.test(name);
}

/** Whether `version` is a semantic version that cargo accepts, of at most 160 characters. */
export function isCrateVersion(version: unknown): version is string {
  return typeof version === 'string' && version.length <= MAX_VERSION && versionFlaw(version) === undefined;
}

/**
 * @returns why {@link isCrateVersion} rejects `version`, phrased to follow its name; undefined if
 * it does not
 */
export function versionFlaw(version: string): string | undefined {
  const [, ...core] = VERSION.exec(version) ?? [];
  if (core.length === 0) return 'is not a semantic version';
  if (core.some(isTooLarge)) return `has a number beyond ${MAX_NUMBER}, the largest that cargo takes`;
  return version.length > MAX_VERSION
    ? `has more than ${MAX_VERSION} characters, the longest version that can be mirrored`
    : undefined;
}

function isTooLarge(digits: string): boolean {
  const { length } = MAX_NUMBER;
  return digits.length > length || (digits.length === length && digits > MAX_NUMBER);
}

/**
 * Whether `version` may occur in a file written by these tools. Earlier releases, which did not
 * follow cargo, also mirrored versions with leading zeros or larger numbers. Its characters are
 * those of a version, so it is safe in a path.
 */
export function isRecordedVersion(version: unknown): version is string {
  return typeof version === 'string' && version.length <= MAX_VERSION && RECORDED_VERSION.test(version);
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

/** The path of a crate's index file, in lower case: `se/rd/serde`. */
export function indexPath(name: string): string {
  const lower = name.toLowerCase();
  return `${indexPrefix(lower)}/${lower}`;
}

/** The first directory of a crate's index path, by which a mirror's ledgers are divided. */
export function indexShard(name: string): string {
  return name.length <= 3 ? String(name.length) : name.slice(0, 2).toLowerCase();
}
