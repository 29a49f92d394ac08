/** One option of a command line. `parse` throws a UsageError; the option's name is put before its message. */
export interface OptionSpec {
  /** As commander writes them: `--out <dir>`, or `--bundle` for a switch. */
  readonly flags: string;
  readonly description: string;
  readonly group: string;
  /** As a user would type it; shown in the help, parsed like any other value. */
  readonly default?: string;
  /** What the option means where it is given and its value is left out. */
  readonly preset?: string;
  /** What the help shows instead of `default` where that depends on the machine. */
  readonly defaultText?: string;
  /** @param before what it was parsed to where it was given before; the default, if there is one, at first */
  readonly parse?: (text: string, before?: unknown) => unknown;
  /** Whether it may be given several times: `parse` puts a value to those before. Flags with `...` say so themselves. */
  readonly isRepeatable?: true;
  /** What the value must be one of; `parse` gets nothing else. */
  readonly choices?: readonly string[];
}

export interface CommandSpec<Options extends readonly OptionSpec[] = readonly OptionSpec[]> {
  /** As its own program has it: `crates-mirror-server export`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly options: Options;
  /** The one thing that may stand without an option, and must. */
  readonly operand?: { readonly name: string; readonly description: string };
  /** Without any argument, print the help and exit with 2. */
  readonly needsArguments?: boolean;
  /** A word that makes another command of what follows it, where it stands first. */
  readonly subcommand?: string;
  /** Shown after the options. Lines that begin with spaces are commands, and what is said of them. */
  readonly examples: string;
}
