import type { OptionSpec } from '@crates-mirror/cli';
import { parseMostRemovals } from '@crates-mirror/removals/limit';

const REMOVED = 'What has gone';

/** The command-line options for crate files that are no longer to be mirrored. */
export const REMOVAL_OPTIONS = [
  {
    flags: '--deny <file>',
    description: 'mirror none of the versions that this denylist names',
    group: REMOVED,
  },
  {
    flags: '--on-removed <what>',
    description: 'crate files that have left the index or the selection: keep them, or not',
    group: REMOVED,
    default: 'keep',
    choices: ['keep', 'quarantine', 'delete'],
  },
  {
    flags: '--max-removals <n>',
    description: 'remove nothing where it would be more than that: a number, or a share of the mirror',
    group: REMOVED,
    default: '1%',
    parse: parseMostRemovals,
  },
  { flags: '--yes', description: 'delete without asking', group: REMOVED },
  {
    flags: '--restore <crate@version>',
    description: 'bring a crate file back from the quarantine, and do nothing else',
    group: REMOVED,
  },
] as const satisfies readonly OptionSpec[];
