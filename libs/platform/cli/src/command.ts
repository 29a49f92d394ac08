import { CodedError, UsageError } from '@crates-mirror/errors';
import { Command, CommanderError, Help, Option } from 'commander';
import { normalizeArgv, switchedOff } from './argv.ts';
import { asStarted } from './command-names.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { applySettings } from './config/apply.ts';
import { readConfigFile } from './config/config-file.ts';
import { CONFIG_VARIABLE, type Setting, sectionOf, settingsOf } from './config/settings.ts';
import { isSimilar } from './edit-distance.ts';
import { ExitCode } from './exit-code.ts';
import { checkLocalPaths } from './local-paths.ts';
import type { Given, OptionValues } from './option-values.ts';

const CONFIG_DESCRIPTION = 'TOML file with options not given here';

/**
 * Only text was printed: because of `--help` or `--version`, or because required arguments were
 * missing.
 */
export class TextPrinted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('only text was printed');
    this.exitCode = exitCode;
  }
}

/**
 * A parsed command line: values by their camelCase names, and which of them the user has set, there
 * or elsewhere.
 */
export interface ParsedCommand<Values> {
  readonly values: Values;
  readonly given: Given<Values> & Iterable<string>;
  /** The positional argument, where the command has an operand. */
  readonly operand: string | undefined;
}

/**
 * Parses a command line. Options it does not set come from the environment, then from a
 * configuration file, then from defaults.
 *
 * @param env environment that is searched for `CRATES_MIRROR_*`
 * @throws UsageError for any error in the command line; TextPrinted where only text was printed.
 */
export function parseCommand<const Options extends readonly OptionSpec[]>(
  spec: CommandSpec<Options>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ParsedCommand<OptionValues<Options>> {
  const name = asStarted(spec.name);
  const helpWidth = Math.min(process.stdout.columns ?? 100, 110);
  const command = new Command(name)
    .description(spec.description)
    .version(`${name} ${spec.version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .optionsGroup('Other:')
    .allowExcessArguments(false)
    .configureHelp({ helpWidth })
    .configureOutput({ writeErr: () => {} })
    .addHelpText('after', () => `\n${wrapProse(asStarted(spec.examples), helpWidth)}`)
    .exitOverride();
  checkSubcommand(spec, argv[0]);
  for (const option of spec.options) command.addOption(toOption(option));
  const section = sectionOf(spec);
  if (section !== undefined) {
    command.addOption(new Option('--config <file>', CONFIG_DESCRIPTION).helpGroup('Options:'));
  }
  if (spec.operand !== undefined) command.argument(`<${spec.operand.name}>`, spec.operand.description);
  if (spec.needsArguments === true && argv.length === 0 && settingsFor(spec, undefined, env).length === 0) {
    command.configureOutput({ writeErr: (text) => process.stderr.write(text) }).outputHelp({ error: true });
    throw new TextPrinted(ExitCode.usage);
  }
  const normalized = normalizeArgv(argv, command.options);
  try {
    command.parse(normalized, { from: 'user' });
  } catch (error) {
    throw misplaced(spec, normalized, asUsageError(error));
  }
  if (section !== undefined) applySettings(command, settingsGiven(command, spec, env), switchedOff(argv));
  const values = valuesOf<OptionValues<Options>>(command, section === undefined);
  checkLocalPaths(spec.options, values);
  return {
    values,
    given: new Set(Object.keys(values).filter((name) => command.getOptionValueSource(name) !== 'default')),
    operand: command.args[0],
  };
}

/**
 * Commander names and parses the values by the same table from which their types are derived.
 *
 * @param hasOwnConfig whether the command itself has an option `--config`; the others do not see it
 */
function valuesOf<Values extends object>(command: Command, hasOwnConfig: boolean): Values {
  const values = command.opts<Values & { config?: unknown }>();
  if (!hasOwnConfig) delete values.config;
  return values;
}

function settingsGiven(command: Command, spec: CommandSpec, env: NodeJS.ProcessEnv): Setting[] {
  return settingsFor(spec, command.opts<{ config?: string }>().config, env);
}

/** @param config the file named on the command line. @throws UsageError */
function settingsFor(spec: CommandSpec, config: string | undefined, env: NodeJS.ProcessEnv): Setting[] {
  const section = sectionOf(spec);
  if (section === undefined) return [];
  const path = config ?? (env[CONFIG_VARIABLE] || undefined);
  const file =
    path === undefined
      ? undefined
      : readConfigFile(path, config === undefined ? CONFIG_VARIABLE : '--config');
  return settingsOf(spec, section, env, file);
}

/** Commands are not wrapped, so that they can be copied. */
function wrapProse(text: string, columns: number): string {
  const help = new Help();
  return text.replaceAll(/^\S.*$/gm, (line) => help.boxWrap(line, columns));
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description).helpGroup(`${spec.group}:`);
  const parse = spec.parse;
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (parse !== undefined) {
    const checkChoice = option.parseArg;
    option.argParser((text, before) => {
      checkChoice?.(text, undefined);
      try {
        return parse(text, before);
      } catch (error) {
        throw error instanceof UsageError
          ? new UsageError(
              `--${option.name()}: ${error.message}`,
              error.hint === undefined ? {} : { hint: error.hint },
            )
          : error;
      }
    });
  }
  if (spec.preset !== undefined) option.preset(spec.preset);
  if (spec.default !== undefined) {
    option.default(
      parse === undefined ? spec.default : parse(spec.default),
      spec.defaultText ?? spec.default,
    );
  }
  return option;
}

function asUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === ExitCode.done) return new TextPrinted(ExitCode.done);
  const [message, suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint =
    suggestion === undefined
      ? 'See --help'
      : suggestion.replace(/^\(|\)$/g, '').replace(/\?$/, '? See --help');
  return new UsageError((message as string).replace(/\.$/, ''), { hint });
}

/** Without an operand, a first word that is not an option can only be a misspelled subcommand. */
function checkSubcommand({ name, subcommand, operand }: CommandSpec, first: string | undefined): void {
  if (subcommand === undefined || operand !== undefined || first === undefined) return;
  if (first === '' || first.startsWith('-') || first === subcommand) return;
  const advice = isSimilar(first, subcommand)
    ? `Did you mean ${subcommand}?`
    : `The only one is ${subcommand}.`;
  throw new UsageError(`'${first}' is not a command of ${name}`, { hint: `${advice} See --help` });
}

/** Options of a subcommand that follow it are valid there; the error is only their position. */
function misplaced({ name, subcommand }: CommandSpec, argv: readonly string[], error: unknown): unknown {
  if (subcommand === undefined || !argv.includes(subcommand) || !(error instanceof UsageError)) return error;
  return new UsageError(`'${subcommand}' comes before its options`, {
    hint: `See ${name} ${subcommand} --help`,
  });
}

/** The exit code for an error that ended the process. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? ExitCode.usage : ExitCode.failed;
}

/**
 * Node.js reports this for a module that cannot be loaded, without the fields of a system error.
 */
const NO_FILES = /: too many open files/;

/**
 * Whether an error has a message meant for users: one of ours, or a system error about a file.
 * Anything else is a bug.
 */
export function isExpected(error: unknown): boolean {
  if (error instanceof CodedError) return true;
  return error instanceof Error && ('syscall' in error || NO_FILES.test(error.message));
}
