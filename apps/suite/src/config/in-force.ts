import { type CommandSpec, type OptionSpec, parseCommand } from '@crates-mirror/cli';
import { CONFIG_VARIABLE, type ConfigFile, optionKey, settingsOf } from '@crates-mirror/cli/config';

/** An option's value as it would be typed, and where it is from. */
export interface InForce {
  readonly key: string;
  readonly isSwitch: boolean;
  readonly texts: readonly string[];
  readonly origin: string;
}

/**
 * What a command goes by without options on its command line. Options that nothing sets are left out.
 *
 * @throws UsageError for what the command would not take
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

/** The command itself says what is wrong with a value. */
function checkValues(spec: CommandSpec, env: NodeJS.ProcessEnv, file: ConfigFile | undefined): void {
  const { needsArguments: _, ...whole } = spec;
  const surroundings = { ...env, [CONFIG_VARIABLE]: file?.path };
  parseCommand(whole, spec.operand === undefined ? [] : [spec.operand.name], surroundings);
}
