import type { OptionSpec } from './command-spec.ts';

/** The name of an option's value: `indexDir` for `--index-dir <dir>`, `tar` for `--no-tar`. */
export type ValueName<Flags extends string> = string extends Flags
  ? string
  : Flags extends `${infer Flag} ${string}`
    ? ValueName<Flag>
    : Flags extends `--no-${infer Name}`
      ? CamelCase<Name>
      : Flags extends `--${infer Name}`
        ? CamelCase<Name>
        : never;

type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** The result of `parse`; without it one of the choices, a string, or true for a switch. */
type ValueOf<Option extends OptionSpec> = Option extends { readonly parse: (...texts: never) => infer Value }
  ? Value
  : Option extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string extends Option['flags']
      ? unknown
      : Option['flags'] extends `${string}...>`
        ? readonly string[]
        : Option['flags'] extends `${string} ${string}`
          ? string
          : boolean;

type WithDefault = { readonly default: string };

/**
 * The parsed values of a command line, with types derived from the table of its options. An option
 * without a default may be undefined. The table has to be `as const`: if it is typed as
 * `readonly OptionSpec[]`, any name may have any value.
 */
export type OptionValues<Options extends readonly OptionSpec[]> = {
  readonly [Option in Options[number] as Option extends WithDefault
    ? ValueName<Option['flags']>
    : never]: ValueOf<Option>;
} & {
  readonly [Option in Options[number] as Option extends WithDefault
    ? never
    : ValueName<Option['flags']>]?: ValueOf<Option>;
};

/** Which values the user has set, by their names. */
export interface Given<Values> {
  readonly has: (name: keyof Values & string) => boolean;
}

/** @returns the name of an option's value, as in {@link ValueName} */
export function valueName<Flags extends string>(option: { readonly flags: Flags }): ValueName<Flags>;
export function valueName({ flags }: Pick<OptionSpec, 'flags'>): string {
  const name = (flags.split(' ')[0] ?? '').replace(/^--(?:no-)?/, '');
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Makes an option repeatable: its value is the list of all values given.
 *
 * @param parse throws a UsageError
 */
export function repeatable<Value>(parse: (text: string) => Value) {
  return {
    isRepeatable: true,
    parse: (text: string, before?: unknown): readonly Value[] => [
      ...(Array.isArray(before) ? before : []),
      parse(text),
    ],
  } as const;
}
