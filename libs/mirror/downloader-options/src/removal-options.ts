import type { OptionSpec } from '@crates-mirror/cli';
import { parseMostRemovals } from '@crates-mirror/removals/limit';

const REMOVED = 'What has gone';

/** The command-line options for crate files that are no longer to be mirrored. */
export const REMOVAL_OPTIONS = [
  {
    flags: '--deny <file>',
    description: 'skip the versions in this denylist',
    group: REMOVED,
  },
  {
    flags: '--on-removed <what>',
    description: 'what to do with crate files that left the index or the selection',
    group: REMOVED,
    default: 'keep',
    choices: ['keep', 'quarantine', 'delete'],
  },
  {
    flags: '--max-removals <n>',
    description: 'remove nothing if more would be removed: a number, or a percentage of the mirror',
    group: REMOVED,
    default: '1%',
    parse: parseMostRemovals,
  },
  { flags: '--yes', description: 'do not ask before deleting', group: REMOVED },
  {
    flags: '--restore <crate@version>',
    description: 'restore a crate file from the quarantine, then exit',
    group: REMOVED,
  },
] as const satisfies readonly OptionSpec[];
