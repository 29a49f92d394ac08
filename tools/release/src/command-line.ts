import { type CommandSpec, type OptionValues, parseCommand, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { PLATFORMS, type Platform } from './archive/node-package.ts';

const OUTPUT = 'Output';

const COMMAND = {
  name: 'release',
  version: VERSION,
  description: 'Builds the release: the npm package, portable archives, checksums and a bill of materials.',
  options: [
    { flags: '--out <dir>', description: 'where it goes', group: OUTPUT, default: 'dist' },
    {
      flags: '--platforms <list>',
      description: `portable archives to build, with commas between: ${PLATFORMS.join(', ')}; all; none`,
      group: OUTPUT,
      default: 'all',
      parse: parsePlatforms,
    },
    {
      flags: '--gpgkey <file>',
      description: 'sign the checksums with this OpenPGP private key (ASCII armor)',
      group: OUTPUT,
    },
    {
      flags: '--gpgkey-passphrase-file <file>',
      description: 'file whose first line is the passphrase of the key (asked for on the terminal)',
      group: OUTPUT,
    },
  ],
  examples: `Examples:
  npx nx run release:build
      everything, into dist/
  npx nx run release:build --platforms none
      the npm package alone, without a look at the registry`,
} as const satisfies CommandSpec;

export type BuildOptions = OptionValues<typeof COMMAND.options>;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): BuildOptions {
  return parseCommand(COMMAND, argv).values;
}

function parsePlatforms(text: string): readonly Platform[] {
  if (text === 'all') return PLATFORMS;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const platform = PLATFORMS.find((one) => one === name.trim());
    if (platform === undefined)
      throw new UsageError(`there is no platform '${name}'`, { hint: `There are ${PLATFORMS.join(', ')}` });
    return platform;
  });
}
