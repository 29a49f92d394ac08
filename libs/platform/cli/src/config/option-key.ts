import type { OptionSpec } from '../command-spec.ts';

/**
 * The key of an option in a configuration file: `index-dir` for `--index-dir <dir>`, and `tar` for
 * `--no-tar` as well.
 */
export function optionKey({ flags }: Pick<OptionSpec, 'flags'>): string {
  return (flags.split(' ')[0] as string).replace(/^--(?:no-)?/, '');
}
