import { join } from 'node:path';
import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import { UsageError } from '@crates-mirror/errors';
import type { UnpackOptions } from '../options.ts';
import {
  CARRIED,
  EXIT_CODES,
  FROM,
  LOGGING,
  MIRROR,
  optional,
  PROGRAM,
  required,
  sharedOf,
  TRUST,
} from './shared.ts';

const EXAMPLES = `Examples:
  crates-mirror-carrier unpack --from parcels --mirror mirror --index-dir index --trust key.asc
      every parcel that goes on from what the mirror has; the receipt is in receipt-0001.json
  crates-mirror-server --mirror mirror --bundles-dir mirror/bundles --index-dir index
      let cargo build from it

Every option may also be written with a single dash.
${EXIT_CODES}`;

export const UNPACK_COMMAND = {
  name: `${PROGRAM} unpack`,
  version: VERSION,
  description: 'Takes signed parcels into a mirror and its index: checked first, then applied.',
  options: [
    FROM,
    TRUST,
    {
      flags: '--unsigned',
      description: 'take parcels whoever has packed them, instead of --trust',
      group: CARRIED,
    },
    {
      flags: '--receipt-out <file>',
      description: 'where the receipt goes, to be carried back (receipt-NNNN.json in the current directory)',
      group: CARRIED,
    },
    { flags: '--mirror <dir>', description: 'the mirror that receives them', group: MIRROR },
    { flags: '--index-dir <dir>', description: 'its index, as plain files', group: MIRROR },
    {
      flags: '--bundles-dir <dir>',
      description: 'where crate files stay in bundles (bundles, inside of the mirror)',
      group: MIRROR,
    },
    { flags: '--loose', description: 'make crate files loose files of the mirror', group: MIRROR },
    {
      flags: '--git',
      description: 'keep the index as a git repository, too: a commit for each parcel',
      group: MIRROR,
    },
    {
      flags: '--allow-mass-removal',
      description: 'remove even more than 1 % of the index files',
      group: MIRROR,
    },
    ...LOGGING,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseUnpackOptions(argv: readonly string[]): UnpackOptions {
  const raw = parseCommand(UNPACK_COMMAND, argv).values;
  const { trust = [], unsigned = false, loose = false } = raw;
  const from = required('--from', raw.from, 'where are the parcels?');
  const mirror = required('--mirror', raw.mirror, 'which mirror receives them?');
  const indexDir = required('--index-dir', raw.indexDir, 'where is its index?');
  if (trust.length === 0 && !unsigned)
    throw new UsageError('--trust is missing: whose signature counts?', {
      hint: 'Name the public key of who packs; or give --unsigned to take parcels from anybody',
    });
  if (trust.length > 0 && unsigned) throw new UsageError('--trust and --unsigned exclude each other');
  const bundlesDir = optional('--bundles-dir', raw.bundlesDir);
  if (loose && bundlesDir !== undefined)
    throw new UsageError('--bundles-dir does nothing with --loose', { hint: 'Leave one of them out' });
  checkOutside({ option: '--index-dir', path: indexDir }, { option: '--from', path: from });
  checkOutside({ option: '--mirror', path: mirror }, { option: '--from', path: from });
  return {
    from,
    mirror,
    indexDir,
    bundlesDir: loose ? undefined : (bundlesDir ?? join(mirror, 'bundles')),
    trust,
    git: raw.git === true,
    receiptOut: optional('--receipt-out', raw.receiptOut),
    allowMassRemoval: raw.allowMassRemoval === true,
    ...sharedOf(raw),
  };
}
