import { UsageError } from '@crates-mirror/errors';
import { type Command, CommanderError, type Option } from 'commander';
import type { Setting } from './settings.ts';

const ON = ['true', '1', 'yes', 'on'];
const OFF = ['false', '0', 'no', 'off'];

/**
 * Sets the options of a parsed command that its command line leaves unset.
 *
 * @param switchedOff names of switches given as `--name=false` on the command line
 * @throws UsageError for a value that the option rejects; the message names the place where it was
 *   set
 */
export function applySettings(
  command: Command,
  settings: readonly Setting[],
  switchedOff: ReadonlySet<string>,
): void {
  for (const setting of settings) {
    const option = command.options.find(({ long }) => long === `--${setting.key}`);
    const off = command.options.find(({ long }) => long === `--no-${setting.key}`);
    const name = (option ?? off)?.attributeName();
    if (name === undefined || switchedOff.has(setting.key)) continue;
    if (command.getOptionValueSource(name) === 'cli') continue;
    const value =
      option === undefined || option.isBoolean() ? switchOf(setting, off) : parsedValue(option, setting);
    if (value !== undefined) command.setOptionValueWithSource(name, value, setting.source);
  }
}

/** The value of a switch; undefined if the text is neither true nor false. */
export function isSwitchedOn(text: string): boolean | undefined {
  if (ON.includes(text.toLowerCase())) return true;
  return OFF.includes(text.toLowerCase()) ? false : undefined;
}

function switchOf({ texts, origin }: Setting, off: Option | undefined): boolean | undefined {
  const isOn = texts.length === 1 ? isSwitchedOn(texts[0] ?? '') : undefined;
  if (isOn === true) return true;
  if (isOn === false) return off === undefined ? undefined : false;
  throw new UsageError(`${origin}: '${texts.join(', ')}' is neither true nor false`);
}

function parsedValue(option: Option, { texts, isRepeatable, isSwitch, origin }: Setting): unknown {
  if (isSwitch === true)
    throw new UsageError(`${origin} takes a value, and not true or false`, {
      hint: 'Put it in quotes if that is the value',
    });
  if (texts.length !== 1 && !isRepeatable)
    throw new UsageError(`${origin} takes one value`, { hint: `--${option.name()} cannot be repeated` });
  let value: unknown;
  for (const text of texts) {
    const parsed = parseValue(option, text, value, origin);
    value = option.variadic ? [...((value as unknown[] | undefined) ?? []), parsed] : parsed;
  }
  return value;
}

function parseValue(option: Option, text: string, before: unknown, origin: string): unknown {
  try {
    return option.parseArg === undefined ? text : option.parseArg(text, before);
  } catch (error) {
    if (error instanceof UsageError) {
      const message = error.message.replace(`--${option.name()}: `, '');
      throw new UsageError(`${origin}: ${message}`, error.hint === undefined ? {} : { hint: error.hint });
    }
    if (error instanceof CommanderError)
      throw new UsageError(`${origin}: '${text}' is invalid. ${error.message.replace(/\.$/, '')}`);
    throw error;
  }
}
