import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';

const COMMAND: CommandSpec = {
  name: 'release',
  version: VERSION,
  description: 'Builds what is released into a directory: the npm package.',
  options: [{ flags: '--out <dir>', description: 'where it goes', group: 'Output', default: 'dist' }],
  examples: `Examples:
  npx nx run release:build
      everything, into dist/`,
};

export interface BuildOptions {
  readonly out: string;
}

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): BuildOptions {
  return parseCommand(COMMAND, argv).values as unknown as BuildOptions;
}
