import { type CommandSpec, type OptionSpec, parseCommand } from '@crates-mirror/cli';
import { CONFIG_VARIABLE, type ConfigFile, optionKey, settingsOf } from '@crates-mirror/cli/config';

/** The value of an option as it would be typed, and its source. */
export interface InForce {
  readonly key: string;
  readonly isSwitch: boolean;
  readonly texts: readonly string[];
  readonly origin: string;
}

/**
 * The settings that a command uses without command-line options. Options that nothing sets are left
 * out.
 *
 * @throws UsageError for values that the command would reject
 */
export function inForce(
  spec: CommandSpec,
  section: string,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): InForce[] {
  checkValues(spec, env, file);
  const settings = settingsOf(spec, section, env, file);
  return spec.options
    .filter(({ flags }) => !flags.startsWith('--no-'))
    .flatMap((option) => {
      const key = optionKey(option);
      const isSwitch = !/[<[]/.test(option.flags);
      const set = settings.find((setting) => setting.key === key) ?? defaultOf(option);
      return set === undefined ? [] : [{ key, isSwitch, texts: set.texts, origin: set.origin }];
    });
}

function defaultOf({
  default: text,
  defaultText,
}: OptionSpec): Pick<InForce, 'texts' | 'origin'> | undefined {
  if (text === undefined) return undefined;
  return { texts: [text], origin: defaultText === undefined ? 'default' : `default: ${defaultText}` };
}

/** Has the command itself report invalid values. */
function checkValues(spec: CommandSpec, env: NodeJS.ProcessEnv, file: ConfigFile | undefined): void {
  const { needsArguments: _, ...whole } = spec;
  const surroundings = { ...env, [CONFIG_VARIABLE]: file?.path };
  parseCommand(whole, spec.operand === undefined ? [] : [spec.operand.name], surroundings);
}
