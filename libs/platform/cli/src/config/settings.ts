import { UsageError } from '@crates-mirror/errors';
import type { AnyJson } from '@iarna/toml';
import { COMMAND_NAMES } from '../command-names.ts';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { COMMON_KEYS, type ConfigFile, type Values } from './config-file.ts';
import { optionKey } from './option-key.ts';
import { suggestion } from './suggestion.ts';

/** The value of an option set in the environment or in a file. */
export interface Setting {
  readonly key: string;
  /** As it would be typed; several for a repeatable option. */
  readonly texts: readonly string[];
  readonly isRepeatable: boolean;
  /** Whether it is a TOML `true` or `false`, which is only valid for a switch [false]. */
  readonly isSwitch?: boolean;
  readonly source: 'env' | 'config';
  /** For messages: `CRATES_MIRROR_DOWNLOAD_OUT`, `crates-mirror.toml: [download] out`. */
  readonly origin: string;
}

type Found = Omit<Setting, 'isRepeatable'>;

export const ENVIRONMENT_PREFIX = 'CRATES_MIRROR_';
/** Names the configuration file if `--config` does not. */
export const CONFIG_VARIABLE = `${ENVIRONMENT_PREFIX}CONFIG`;

/**
 * The section of a command in a configuration file; undefined for a program that is not part of
 * crates-mirror.
 */
export function sectionOf({ name }: Pick<CommandSpec, 'name'>): string | undefined {
  return COMMAND_NAMES.find(({ program }) => program === name)?.word;
}

/**
 * Variables that set an option, in order of precedence: the command's own, then the one for every
 * command.
 */
export function variablesOf(section: string, key: string): readonly string[] {
  const names = COMMON_KEYS.includes(key) ? [`${section}-${key}`, key] : [`${section}-${key}`];
  return names.map((name) => `${ENVIRONMENT_PREFIX}${name.toUpperCase().replaceAll('-', '_')}`);
}

/**
 * The settings of a command's options from the environment and the configuration file.
 *
 * @throws UsageError for an unknown option name in the command's section
 */
export function settingsOf(
  spec: CommandSpec,
  section: string,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): Setting[] {
  // `--tar` and `--no-tar` are one option here.
  const options = new Map(spec.options.map((option) => [optionKey(option), option]));
  if (file !== undefined) checkKeys(file, section, [...options.keys()]);
  return [...options].flatMap(([key, option]) => {
    const found = fromEnvironment(section, key, env) ?? (file && fromFile(file, section, key));
    return found === undefined ? [] : [{ ...found, isRepeatable: isRepeatable(option) }];
  });
}

function isRepeatable(option: OptionSpec): boolean {
  return option.isRepeatable === true || option.flags.includes('...');
}

function checkKeys({ path, sections }: ConfigFile, section: string, keys: readonly string[]): void {
  for (const key of sections.get(section)?.keys() ?? []) {
    if (!keys.includes(key))
      throw new UsageError(`${path}: [${section}] has no option ${key}`, { hint: suggestion(key, keys) });
  }
}

function fromEnvironment(section: string, key: string, env: NodeJS.ProcessEnv): Found | undefined {
  const name = variablesOf(section, key).find((variable) => (env[variable] ?? '') !== '');
  if (name === undefined) return undefined;
  return { key, texts: (env[name] as string).split('\n'), source: 'env', origin: name };
}

function fromFile({ path, sections, common }: ConfigFile, section: string, key: string): Found | undefined {
  const own = valueIn(sections.get(section), key, `${path}: [${section}] ${key}`);
  return own ?? valueIn(common, key, `${path}: ${key}`);
}

function valueIn(values: Values | undefined, key: string, origin: string): Found | undefined {
  const value = values?.get(key);
  if (value === undefined) return undefined;
  const all = Array.isArray(value) ? value : [value];
  const isSwitch = all.some((one) => typeof one === 'boolean');
  return { key, texts: all.map((one) => textOf(one, origin)), isSwitch, source: 'config', origin };
}

function textOf(value: AnyJson, origin: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof Date) return value.toISOString().replace('.000', '');
  throw new UsageError(`${origin} is neither a text, a number, true nor false`);
}
