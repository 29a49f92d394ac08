import { checkTomlDays, parseDateValue } from '@crates-mirror/cli/dates';
import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index/names';
import { CodedError, describeValue, errorMessage, oneLine } from '@crates-mirror/errors';
import { VersionReq } from '@crates-mirror/semver';
import toml from '@iarna/toml';
import { Denylist, type DenyRule } from './denylist.ts';

const FORMAT = 1;
const MAX_RULES = 100_000;
const MAX_REASON = 500;
const FILE_KEYS: readonly string[] = ['version', 'deny'];
/** Unknown keys are rejected, because a misspelt `versions` would deny all of them. */
const RULE_KEYS: readonly string[] = ['crate', 'versions', 'reason', 'since'];

type Table = Readonly<Record<string, unknown>>;

/**
 * Parses a denylist (docs/formats.md).
 * @throws CodedError `bad_denylist` with the reason and the position
 */
export async function parseDenylist(text: string): Promise<Denylist> {
  const file: Table = await toml.parse.async(text).catch((error: unknown) => {
    throw flaw(`it is not TOML: ${firstLine(error)}`);
  });
  checkDays(text);
  checkKeys(file, FILE_KEYS, 'it');
  if (file['version'] !== FORMAT) throw flaw(`it does not say version = ${FORMAT}`);
  const rules = file['deny'] ?? [];
  if (!Array.isArray(rules) || !rules.every(isTable)) throw flaw('deny is not a list of [[deny]] tables');
  if (rules.length > MAX_RULES) throw flaw(`it has more than ${MAX_RULES} rules`);
  return new Denylist(rules.map((rule, i) => parseRule(rule, `[[deny]] ${i + 1}`)));
}

function checkDays(text: string): void {
  try {
    checkTomlDays(text);
  } catch (error) {
    throw flaw(errorMessage(error));
  }
}

function parseRule(table: Table, where: string): DenyRule {
  const { crate, versions, reason, since } = table;
  if (!isCrateName(crate)) throw flaw(`${where}: crate is not a crate name: ${quote(crate)}`);
  const which = `${where} (${crate})`;
  checkKeys(table, RULE_KEYS, which);
  const text = typeof reason === 'string' ? oneLine(reason) : '';
  if (text === '') throw flaw(`${which}: reason is missing`);
  if (typeof reason === 'string' && reason.length > MAX_REASON)
    throw flaw(`${which}: reason has more than ${MAX_REASON} characters`);
  return { crate, versions: versionsOf(versions, which), reason: text, since: dateOf(since, which) };
}

function versionsOf(versions: unknown, which: string): DenyRule['versions'] {
  if (versions === undefined) return undefined;
  if (typeof versions === 'string') {
    if (VersionReq.parse(versions) === undefined)
      throw flaw(
        `${which}: versions ${quote(versions)} is not a version requirement such as ">=1.2, <1.4" or "^1"`,
      );
    return versions;
  }
  // An empty list would deny nothing while appearing to do so.
  if (!Array.isArray(versions) || versions.length === 0)
    throw flaw(`${which}: versions is neither a requirement nor a list of versions`);
  const wrong = versions.find((version) => !isCrateVersion(version));
  if (wrong !== undefined) throw flaw(`${which}: versions has ${quote(wrong)}, which is not a version`);
  return versions.map(String);
}

function dateOf(since: unknown, which: string): string | undefined {
  if (since === undefined) return undefined;
  try {
    return new Date(parseDateValue(since)).toISOString().slice(0, 10);
  } catch {
    throw flaw(`${which}: since is not a date such as 2026-11-02: ${quote(since)}`);
  }
}

function checkKeys(table: Table, known: readonly string[], which: string): void {
  const other = Object.keys(table).find((key) => !known.includes(key));
  if (other !== undefined)
    throw flaw(`${which}: ${quote(other)} is not a key of a denylist: ${known.join(', ')} are`);
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function quote(value: unknown): string {
  const text = describeValue(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The first line of the message. The parser shows an excerpt below it. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return oneLine(message.split('\n', 1)[0] ?? '').replace(/[:.]$/, '');
}

function flaw(message: string): CodedError {
  return new CodedError('bad_denylist', message);
}
