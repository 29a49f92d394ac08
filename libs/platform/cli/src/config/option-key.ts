import type { OptionSpec } from '../command-spec.ts';

/** What an option is called in a configuration file: `index-dir` of `--index-dir <dir>`, `tar` of `--no-tar` too. */
export function optionKey({ flags }: Pick<OptionSpec, 'flags'>): string {
  return (flags.split(' ')[0] as string).replace(/^--(?:no-)?/, '');
}
