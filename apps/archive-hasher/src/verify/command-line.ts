import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { ALGORITHM_NAMES } from '@crates-mirror/hashing/algorithms';
import { HASH_WORKERS, LOGGING_OPTIONS, loggingOf, parseAlgorithms } from '../common-options.ts';
import type { VerifyOptions } from '../options.ts';

const EXAMPLES = `Examples:
  crates-mirror-archive-hasher verify artifacts/mirror.yaml --dir mirror
      every file's SHA-256 and BLAKE3; what is missing, extra or changed
  crates-mirror-archive-hasher verify mirror.yaml --algorithms all
      the same, and the digests of the whole, for mirror beside it

Algorithms: ${ALGORITHM_NAMES.join(', ')}; all; none.
Every option may also be written with a single dash.
Exit codes: 0 all as in the inventory, 1 something differs, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-archive-hasher verify',
  version: VERSION,
  description: 'Compares a directory with its inventory: prints what is missing, extra or changed.',
  operand: { name: 'inventory', description: 'the YAML that archive-hasher wrote' },
  options: [
    {
      flags: '--dir <dir>',
      description: "the directory (the one of the inventory's name, beside it)",
      group: 'Input',
    },
    {
      flags: '--algorithms <list>',
      description: 'digests of the whole directory to compare too, with commas between',
      group: 'Hashing',
      default: 'none',
      parse: parseAlgorithms,
    },
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
    algorithms: raw.algorithms,
    hashWorkers: raw.hashWorkers,
    ...loggingOf(raw, given),
  };
}
