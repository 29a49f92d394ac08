import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { ALGORITHM_NAMES } from '@crates-mirror/hashing/algorithms';
import {
  BUCKET_OPTIONS,
  bucketOf,
  HASH_WORKERS,
  LOGGING_OPTIONS,
  loggingOf,
  parseAlgorithms,
} from '../common-options.ts';
import type { VerifyOptions } from '../options.ts';

const EXAMPLES = `Examples:
  crates-mirror-archive-hasher verify artifacts/mirror.yaml --dir mirror
      compare the SHA-256 and BLAKE3 of every file
  crates-mirror-archive-hasher verify mirror.yaml --algorithms all
      also compare the digests of the whole directory
  crates-mirror-archive-hasher verify crates.yaml --dir s3://bucket/mirror/crates
      compare the sizes and checksums that an object store returns; with --read, every byte

Algorithms: ${ALGORITHM_NAMES.join(', ')}; all; none.
Every option may also be written with a single dash.
Exit codes: 0 no difference, 1 something differs, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-archive-hasher verify',
  version: VERSION,
  description: 'Compares a directory with its inventory and prints missing, extra and changed files.',
  operand: { name: 'inventory', description: 'the YAML file written by archive-hasher' },
  options: [
    {
      flags: '--dir <dir>',
      description: 'the directory (the one named in the inventory, beside it), or s3://bucket/prefix',
      group: 'Input',
      acceptsStore: true,
    },
    {
      flags: '--algorithms <list>',
      description: 'digests of the whole directory to compare as well, separated by commas',
      group: 'Hashing',
      default: 'none',
      parse: parseAlgorithms,
    },
    ...BUCKET_OPTIONS,
    HASH_WORKERS,
    ...LOGGING_OPTIONS,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseVerifyOptions(argv: readonly string[]): VerifyOptions {
  const { values: raw, given, operand = '' } = parseCommand(COMMAND, argv);
  if (raw.dir?.trim() === '') throw new UsageError('--dir: the value is empty');
  return {
    inventory: operand,
    dir: raw.dir,
    bucket: bucketOf(raw.dir, raw, given),
    algorithms: raw.algorithms,
    hashWorkers: raw.hashWorkers,
    ...loggingOf(raw, given),
  };
}
