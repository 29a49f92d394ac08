/**
 * One option of a command line. `parse` throws a UsageError; its message is prefixed with the
 * option's name.
 */
export interface OptionSpec {
  /** In commander's format: `--out <dir>`, or `--bundle` for a switch. */
  readonly flags: string;
  readonly description: string;
  readonly group: string;
  /** As a user would type it; shown in the help, parsed like any other value. */
  readonly default?: string;
  /** The value of the option when it is given without one. */
  readonly preset?: string;
  /** Shown in the help instead of `default` where the default depends on the machine. */
  readonly defaultText?: string;
  /**
   * @param before the value parsed from the previous occurrence; at first the default, if there is
   *   one
   */
  readonly parse?: (text: string, before?: unknown) => unknown;
  /**
   * Whether the option may be repeated: `parse` adds each value to the previous ones. Flags with
   * `...` are repeatable anyway.
   */
  readonly isRepeatable?: true;
  /** Whether an option `<dir>` or `<file>` also accepts an address like `s3://bucket/prefix`. */
  readonly acceptsStore?: true;
  /** What to do instead of giving an address in an object store where none is accepted. */
  readonly storeHint?: string;
  /** The allowed values; `parse` is called with no others. */
  readonly choices?: readonly string[];
}

export interface CommandSpec<Options extends readonly OptionSpec[] = readonly OptionSpec[]> {
  /** As its own program calls it: `crates-mirror-server export`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly options: Options;
  /** The one positional argument, which is required. */
  readonly operand?: { readonly name: string; readonly description: string };
  /** Print the help and exit with 2 if there are no arguments. */
  readonly needsArguments?: boolean;
  /** A first argument that selects another command. */
  readonly subcommand?: string;
  /** Shown after the options. Indented lines are commands, with their descriptions. */
  readonly examples: string;
}
