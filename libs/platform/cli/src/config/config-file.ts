import { createRequire } from 'node:module';
import { UsageError } from '@crates-mirror/errors';
import type { AnyJson, JsonMap } from '@iarna/toml';
import { COMMAND_NAMES } from '../command-names.ts';
import { readGivenFile } from '../given-file.ts';
import { SHARED_OPTIONS } from '../shared-options.ts';
import { optionKey } from './option-key.ts';
import { suggestion } from './suggestion.ts';

/** Option values by option name, without dashes. */
export type Values = ReadonlyMap<string, AnyJson>;

/** The parsed content of a configuration file. */
export interface ConfigFile {
  readonly path: string;
  /** Options for every command. */
  readonly common: Values;
  /** Options for one command, by its name. */
  readonly sections: ReadonlyMap<string, Values>;
}

const WORDS: readonly string[] = COMMAND_NAMES.map(({ word }) => word);
/** Options shared by all commands, the only ones allowed above the sections. */
export const COMMON_KEYS: readonly string[] = SHARED_OPTIONS.map(optionKey);

/**
 * Reads a configuration file: shared options at its top, and a section for each command.
 *
 * @param option the option that names the file
 * @throws UsageError where the file cannot be read, has a section for an unknown command, or has
 *   any other option above the sections
 */
export function readConfigFile(path: string, option: string): ConfigFile {
  const text = readGivenFile(option, path).toString('utf8');
  return parseConfig(path, text);
}

/** @throws UsageError */
export function parseConfig(path: string, text: string): ConfigFile {
  const common = new Map<string, AnyJson>();
  const sections = new Map<string, Values>();
  for (const [key, value] of Object.entries(parseToml(path, text))) {
    if (isTable(value)) {
      if (!WORDS.includes(key))
        throw new UsageError(`${path}: there is no command ${key}`, { hint: suggestion(key, WORDS) });
      sections.set(key, new Map(Object.entries(value)));
    } else {
      if (!COMMON_KEYS.includes(key))
        throw new UsageError(`${path}: ${key} is no option of every command`, {
          hint: WORDS.includes(key)
            ? `Write [${key}] for a section`
            : `Other options go into a section. ${suggestion(key, COMMON_KEYS)}`,
        });
      common.set(key, value);
    }
  }
  return { path, common, sections };
}

function parseToml(path: string, text: string): JsonMap {
  // Loaded only when there is a file.
  const { parse } = createRequire(import.meta.url)('@iarna/toml') as typeof import('@iarna/toml');
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    const place = line === undefined ? path : `${path}:${line + 1}`;
    const [what = ''] = message.split('\n');
    throw new UsageError(`${place}: not valid TOML: ${what.replace(/ at row \d+, col \d+.*$/, '')}`);
  }
}

function isTable(value: AnyJson): value is JsonMap {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
