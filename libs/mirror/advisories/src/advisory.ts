import { checkTomlDays, parseDateValue } from '@crates-mirror/cli/dates';
import { isCrateName } from '@crates-mirror/crates-index/names';
import { CodedError, oneLine, UsageError } from '@crates-mirror/errors';
import { VersionReq } from '@crates-mirror/semver';
import toml from '@iarna/toml';

/** One advisory of RustSec's database. */
export interface Advisory {
  /** `RUSTSEC-2026-0001` */
  readonly id: string;
  readonly package: string;
  /** `2026-11-02` */
  readonly date: string;
  /** The heading of its text; empty if it has none. */
  readonly title: string;
  /** `unmaintained`, `unsound`, `notice`; undefined for a vulnerability */
  readonly informational: string | undefined;
  /** When it was withdrawn; undefined if it was not. */
  readonly withdrawn: string | undefined;
  readonly patched: readonly VersionReq[];
  readonly unaffected: readonly VersionReq[];
  /** The only affected systems; empty for all. */
  readonly arch: readonly string[];
  readonly os: readonly string[];
}

const ID = /^[A-Z]+-\d{4}-\d{4,7}$/;
const MAX_REQUIREMENTS = 1000;
/**
 * The front matter, in a code block, and the text after it
 * (https://github.com/rustsec/advisory-db).
 */
const FILE = /^\uFEFF?```toml[ \t]*\r?\n(.*?)\r?\n```[ \t]*(?:\r?\n(.*))?$/s;
const HEADING = /^#[ \t]+(.+?)[ \t#]*\r?$/m;

type Table = Readonly<Record<string, unknown>>;

/** @throws CodedError `bad_advisory` with the reason, phrased to follow the file's name */
export function parseAdvisory(markdown: string): Advisory {
  const [, matter, text = ''] = FILE.exec(markdown) ?? [];
  if (matter === undefined) throw flaw('does not begin with a ```toml block');
  const front = parseToml(matter);
  const advisory = tableOf(front['advisory'], '[advisory]');
  const versions = tableOf(front['versions'], '[versions]');
  const affected = front['affected'] === undefined ? {} : tableOf(front['affected'], '[affected]');
  const { id, package: name } = advisory;
  if (typeof id !== 'string' || !ID.test(id)) throw flaw('has no id such as RUSTSEC-2026-0001');
  if (!isCrateName(name)) throw flaw('has no package that is a crate name');
  const date = dateOf(advisory['date'], 'date');
  if (date === undefined) throw flaw('has no date');
  return {
    id,
    package: name,
    date,
    title: oneLine(HEADING.exec(text)?.[1] ?? ''),
    informational: textOf(advisory['informational'], 'informational'),
    withdrawn: dateOf(advisory['withdrawn'], 'withdrawn'),
    patched: requirementsOf(versions['patched'], 'patched'),
    unaffected: requirementsOf(versions['unaffected'], 'unaffected'),
    arch: textsOf(affected['arch'], 'arch'),
    os: textsOf(affected['os'], 'os'),
  };
}

/**
 * Whether an advisory affects a version, which is neither patched nor unaffected then. Pre-releases
 * are compared by precedence, as in cargo-audit: 1.2.0-rc comes before a patched 1.2.0, and
 * 1.3.0-rc after it.
 */
export function isAffected({ withdrawn, patched, unaffected }: Advisory, version: string): boolean {
  if (withdrawn !== undefined) return false;
  return ![...patched, ...unaffected].some((requirement) => requirement.contains(version));
}

function parseToml(text: string): Table {
  try {
    checkTomlDays(text);
    return toml.parse(text);
  } catch (error) {
    if (error instanceof UsageError) throw flaw(`has on ${error.message}`);
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    throw flaw(`has a block that is not TOML: ${oneLine(message)}`);
  }
}

function tableOf(value: unknown, name: string): Table {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw flaw(`has no ${name}`);
  return { ...value };
}

const NO_REQUIREMENT = 'is not a version requirement such as ">=1.2, <1.4" or "^1"';

function requirementsOf(value: unknown, key: string): readonly VersionReq[] {
  return textsOf(value, key).map((text) => {
    const requirement = VersionReq.parse(text);
    if (requirement === undefined) throw flaw(`has ${key} '${oneLine(text)}', which ${NO_REQUIREMENT}`);
    return requirement;
  });
}

function textsOf(value: unknown, key: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_REQUIREMENTS || !value.every(isText))
    throw flaw(`has ${key} that is no list of texts`);
  return value;
}

function textOf(value: unknown, key: string): string | undefined {
  if (value !== undefined && !isText(value)) throw flaw(`has ${key} that is no text`);
  return value === undefined ? undefined : oneLine(value);
}

function dateOf(value: unknown, key: string): string | undefined {
  if (value === undefined) return undefined;
  try {
    return new Date(parseDateValue(value)).toISOString().slice(0, 10);
  } catch {
    throw flaw(`has ${key} that is no date`);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function flaw(message: string): CodedError {
  return new CodedError('bad_advisory', message);
}
