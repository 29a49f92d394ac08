import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { OptionSpec } from '@crates-mirror/cli';
import { checkTomlDays } from '@crates-mirror/cli/dates';
import { isSimilar } from '@crates-mirror/cli/edit-distance';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { describeValue, errorMessage, oneLine, UsageError } from '@crates-mirror/errors';
import type toml from '@iarna/toml';
import { withoutMark } from '../read/without-mark.ts';
import { RULE_OPTIONS } from './option-table.ts';

/** Version of the format described in docs/selection.md. */
const VERSION = 1;
/** Keys whose values are paths relative to the file. */
const FILES: ReadonlySet<string> = new Set(['names', 'cargo-lock']);

/** The contents of a `--selection` file: values like those of the command line, by option name. */
export type FileValues = Readonly<Record<string, unknown>>;

/** @throws UsageError with the file and, if known, the key */
export function readSelectionFile(path: string): FileValues {
  return parseSelectionFile(readGivenFile('--selection', path).toString('utf8'), path);
}

/** @param path for messages, and for resolving relative paths */
export function parseSelectionFile(text: string, path: string): FileValues {
  let table: Record<string, unknown>;
  try {
    table = tomlParser().parse(withoutMark(text));
  } catch (error) {
    throw wrong(path, `it is not valid TOML: ${oneLine(errorMessage(error).split(':')[0] ?? '')}`);
  }
  checkVersion(table['version'], path);
  checkDays(text, path);
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table)) {
    if (key === 'version') continue;
    const option = RULE_OPTIONS.find((one) => nameOf(one) === key);
    if (option === undefined) throw unknownKey(key, path);
    const read = readValue(option, value, path);
    if (read !== undefined) values[key] = read;
  }
  return values;
}

/**
 * Loaded only if there is such a file, because command lines are parsed at every start and `--help`
 * does not need it.
 */
function tomlParser(): typeof toml {
  return createRequire(import.meta.url)('@iarna/toml') as typeof toml;
}

function checkVersion(version: unknown, path: string): void {
  if (version === VERSION) return;
  if (version === undefined)
    throw wrong(path, 'it does not say of which version it is', `Begin it with version = ${VERSION}`);
  throw wrong(path, `its version is ${describeValue(version)}, and ${VERSION} is the one that is known`);
}

function checkDays(text: string, path: string): void {
  try {
    checkTomlDays(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw wrong(path, error.message, error.hint);
  }
}

function unknownKey(key: string, path: string): UsageError {
  const known = RULE_OPTIONS.map(nameOf);
  const meant = known.find((name) => isSimilar(key.replaceAll('_', '-'), name));
  const hint = meant === undefined ? `Known keys are ${known.join(', ')}` : `Did you mean ${meant}?`;
  return wrong(path, `there is no key '${oneLine(key)}'`, hint);
}

function readValue(option: OptionSpec, value: unknown, path: string): unknown {
  const key = nameOf(option);
  const isSwitch = !/[<[]/.test(option.flags);
  if (typeof value === 'boolean' && (isSwitch || option.preset !== undefined)) {
    if (isSwitch || !value) return value ? true : undefined;
    return option.preset;
  }
  const isList = ['include', 'exclude', ...FILES].includes(key);
  const texts = (Array.isArray(value) ? value : [value]).map(isList ? stringOf : textOf);
  if (isSwitch || texts.includes(undefined) || (Array.isArray(value) && !isList))
    throw wrong(path, `'${key}' cannot be ${describeValue(value)}`);
  return texts.reduce<unknown>(
    (before, text) => parsedBy(option, pathIn(key, text ?? '', path), before, path),
    undefined,
  );
}

/** Numbers and dates may be TOML values, or strings as on the command line. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!(value instanceof Date)) return undefined;
  const text = value.toISOString();
  return /T00:00:00\.000Z$/.test(text) ? text.slice(0, 10) : text;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function pathIn(key: string, text: string, path: string): string {
  return FILES.has(key) && text !== '' ? resolve(dirname(path), text) : text;
}

function parsedBy(
  { parse, choices, flags }: OptionSpec,
  text: string,
  before: unknown,
  path: string,
): unknown {
  const key = nameOf({ flags });
  if (choices !== undefined && !choices.includes(text))
    throw wrong(path, `'${key}' cannot be '${oneLine(text)}'`, `It is one of ${choices.join(', ')}`);
  try {
    return parse === undefined ? text : parse(text, before);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw wrong(path, `'${key}': ${error.message}`, error.hint);
  }
}

function nameOf({ flags }: Pick<OptionSpec, 'flags'>): string {
  return (flags.split(' ')[0] ?? '').slice(2);
}

function wrong(path: string, what: string, hint?: string): UsageError {
  return new UsageError(`--selection ${path}: ${what}`, hint === undefined ? {} : { hint });
}
