import { join } from 'node:path';
import { type CommandSpec, canAsk, parseCommand, VERSION } from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import { UsageError } from '@crates-mirror/errors';
import { parsePublicUrl } from '@crates-mirror/layout/options';
import { parseMostRemovals } from '@crates-mirror/removals/limit';
import { S3_OPTIONS } from '@crates-mirror/s3/options';
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
import { placeOf } from './unpack-place.ts';

const REMOVED = 'What has gone';

const EXAMPLES = `Examples:
  crates-mirror-carrier unpack --from parcels --mirror mirror --index-dir index --trust key.asc
      all parcels that continue from the state of the mirror; writes receipt-0001.json
  crates-mirror-carrier unpack --from parcels --mirror s3://bucket/mirror --index-dir index --trust key.asc
      the same into an object store, as bundles
  crates-mirror-server --mirror mirror --bundles-dir mirror/bundles --index-dir index
      let cargo build from it

Every option may also be written with a single dash.
${EXIT_CODES}`;

export const UNPACK_COMMAND = {
  name: `${PROGRAM} unpack`,
  version: VERSION,
  description: 'Checks signed parcels, then applies them to a mirror and its index.',
  options: [
    FROM,
    TRUST,
    {
      flags: '--unsigned',
      description: 'accept parcels without checking who packed them, instead of --trust',
      group: CARRIED,
    },
    {
      flags: '--receipt-out <file>',
      description: 'where to write the receipt to carry back (receipt-NNNN.json in the current directory)',
      group: CARRIED,
    },
    {
      flags: '--mirror <dir>',
      description: 'the receiving mirror: a directory, or s3://bucket/prefix',
      group: MIRROR,
      acceptsStore: true,
    },
    {
      flags: '--index-dir <dir>',
      description: 'the index of the mirror, as plain files',
      group: MIRROR,
      storeHint: 'Use a directory; --mirror s3:// with --public-url publishes the index from there',
    },
    {
      flags: '--bundles-dir <dir>',
      description: 'where to keep the bundles (the directory bundles in the mirror)',
      group: MIRROR,
    },
    {
      flags: '--sidecars <dir>',
      description: 'where the sidecars of the parcels go, if they have any (it may be --mirror)',
      group: MIRROR,
    },
    { flags: '--loose', description: 'extract the crate files as loose files of the mirror', group: MIRROR },
    {
      flags: '--git',
      description: 'also keep the index as a git repository, with a commit for each parcel',
      group: MIRROR,
    },
    {
      flags: '--allow-mass-removal',
      description: 'allow removing more than 1 % of the index files',
      group: MIRROR,
    },
    {
      flags: '--on-removed <what>',
      description: 'crate files that the sender no longer mirrors: keep them, or not',
      group: REMOVED,
      default: 'keep',
      choices: ['keep', 'quarantine', 'delete'],
    },
    {
      flags: '--max-removals <n>',
      description: 'unpack nothing if more than that would be removed: a number, or a share of the mirror',
      group: REMOVED,
      default: '1%',
      parse: parseMostRemovals,
    },
    { flags: '--yes', description: 'delete without asking', group: REMOVED },
    {
      flags: '--cache-dir <dir>',
      description:
        'with s3://: where to keep notes about its objects, and bundles on their way there; it may be lost',
      group: MIRROR,
      defaultText: 'in ~/.cache/crates-mirror',
    },
    {
      flags: '--public-url <url>',
      description: 'with s3://: publish the index too, for clients that reach the prefix there',
      group: MIRROR,
      parse: parsePublicUrl,
    },
    ...S3_OPTIONS,
    ...LOGGING,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseUnpackOptions(argv: readonly string[]): UnpackOptions {
  const { values: raw, given } = parseCommand(UNPACK_COMMAND, argv);
  const { trust = [], unsigned = false, loose = false } = raw;
  const from = required('--from', raw.from, 'where are the parcels?');
  const named = required('--mirror', raw.mirror, 'which mirror receives them?');
  const { mirror, bucket } = placeOf(named, raw, given);
  const indexDir = required('--index-dir', raw.indexDir, 'where is its index?');
  if (trust.length === 0 && !unsigned)
    throw new UsageError('--trust is missing: whose signature counts?', {
      hint: 'Name the public key of who packs; or give --unsigned to take parcels from anybody',
    });
  if (trust.length > 0 && unsigned) throw new UsageError('--trust and --unsigned exclude each other');
  const { onRemoved, maxRemovals, yes = false } = raw;
  checkRemovals(onRemoved, { isConfirmed: yes, hasLimit: given.has('maxRemovals') });
  const bundlesDir = optional('--bundles-dir', raw.bundlesDir);
  if (loose && bundlesDir !== undefined)
    throw new UsageError('--bundles-dir does nothing with --loose', { hint: 'Leave one of them out' });
  checkOutside({ option: '--index-dir', path: indexDir }, { option: '--from', path: from });
  // Files below the index are read as index files.
  checkOutside({ option: '--mirror', path: mirror }, { option: '--index-dir', path: indexDir });
  checkOutside({ option: '--mirror', path: mirror }, { option: '--from', path: from });
  const sidecars = optional('--sidecars', raw.sidecars);
  if (sidecars !== undefined)
    for (const [option, path] of [
      ['--from', from],
      ['--index-dir', indexDir],
    ] as const)
      checkOutside({ option: '--sidecars', path: sidecars }, { option, path });
  return {
    from,
    mirror,
    bucket,
    indexDir,
    bundlesDir: loose || bucket !== undefined ? undefined : (bundlesDir ?? join(mirror, 'bundles')),
    sidecars,
    trust,
    git: raw.git === true,
    receiptOut: optional('--receipt-out', raw.receiptOut),
    allowMassRemoval: raw.allowMassRemoval === true,
    onRemoved,
    maxRemovals,
    isConfirmed: yes,
    ...sharedOf(raw),
  };
}

/** @throws UsageError */
function checkRemovals(
  action: UnpackOptions['onRemoved'],
  { isConfirmed, hasLimit }: { readonly isConfirmed: boolean; readonly hasLimit: boolean },
): void {
  if (isConfirmed && action !== 'delete')
    throw new UsageError('--yes does nothing without --on-removed delete', { hint: 'Leave it out' });
  if (hasLimit && action === 'keep')
    throw new UsageError('--max-removals does nothing while removed crate files are kept', {
      hint: 'Add --on-removed quarantine or --on-removed delete',
    });
  if (action === 'delete' && !isConfirmed && !canAsk())
    throw new UsageError(
      '--on-removed delete asks before it deletes anything, and there is no terminal to ask on',
      { hint: 'Add --yes' },
    );
}
