import { byteSize, type CommandSpec, parseCommand, VERSION, wholeNumber } from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import { UsageError } from '@crates-mirror/errors';
import { EXPLAIN, SELECTION_OPTIONS, selectionRulesIfGiven } from '@crates-mirror/selection/options';
import { signingOf, signingOptions } from '@crates-mirror/signing/options';
import type { PackOptions } from '../options.ts';
import { OWN_TOOLS } from '../tools/tools-archive.ts';
import { CARRIED, EXIT_CODES, LOGGING, MIRROR, optional, PROGRAM, required, sharedOf } from './shared.ts';

/** In smaller volumes, lists would take most of the space. */
const VOLUME_SIZES = { least: 1e6, most: 1e15, text: '1MB to 1000TB' };

const EXAMPLES = `Examples:
  crates-mirror-carrier pack --mirror mirror --index-dir crates.io-index --to parcels \\
      --gpgkey signing-key.asc
      the first parcel: everything, in parcels/parcel-0001
  crates-mirror-carrier pack --mirror mirror --index-dir crates.io-index --to parcels \\
      --gpgkey signing-key.asc --since receipt-0001.json --volume-size 25GB
      the changes since the receiver unpacked parcel 1, for media of 25 GB

Every option may also be written with a single dash.
${EXIT_CODES}`;

export const PACK_COMMAND = {
  name: `${PROGRAM} pack`,
  version: VERSION,
  description: 'Packs the changes in a mirror and its index as a signed parcel.',
  options: [
    {
      flags: '--mirror <dir>',
      description: "the mirror: the downloader's --out",
      group: MIRROR,
    },
    {
      flags: '--index-dir <dir>',
      description: 'crates.io index: a checkout, a bare repository, or plain files',
      group: MIRROR,
    },
    {
      flags: '--bundles-dir <dir>',
      description: "bundles of the mirror, if any: the downloader's --bundles-out",
      group: MIRROR,
    },
    {
      flags: '--sidecars <dir>',
      description: 'also pack the sidecars in this directory, one JSON file per version (it may be --mirror)',
      group: MIRROR,
    },
    { flags: '--to <dir>', description: 'where to write the parcel', group: CARRIED },
    {
      flags: '--since <receipt>',
      description:
        "the receiver's last receipt, or a parcel; last: the most recent parcel; none: pack everything (none, for the first parcel)",
      group: CARRIED,
    },
    {
      flags: '--volume-size <size>',
      description: 'maximum size of a volume, like 4GB or 25GB (one volume of any size)',
      group: CARRIED,
      parse: byteSize(VOLUME_SIZES),
    },
    {
      flags: '--allow-mass-removal',
      description: 'pack even if more than 1 % of the index files are missing or empty',
      group: CARRIED,
    },
    {
      flags: '--again <n>',
      description: 'pack volume n of the last parcel again, if it was lost or damaged',
      group: CARRIED,
      parse: wholeNumber(1),
    },
    {
      flags: '--with-tools [archive]',
      description:
        'add the portable archive of the tools, for a receiver with nothing installed (own: the archive that this program comes from)',
      group: CARRIED,
      preset: OWN_TOOLS,
    },
    {
      flags: '--deny <file>',
      description: 'pack none of the versions that this denylist names, and have the receiver remove them',
      group: MIRROR,
    },
    ...SELECTION_OPTIONS,
    EXPLAIN,
    ...signingOptions(CARRIED),
    ...LOGGING,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parsePackOptions(argv: readonly string[]): PackOptions {
  const { values: raw, given } = parseCommand(PACK_COMMAND, argv);
  const mirror = required('--mirror', raw.mirror, 'where is the mirror?');
  const indexDir = required('--index-dir', raw.indexDir, 'where is the index?');
  const to = required('--to', raw.to, 'where should the parcel go?');
  const excluded = {
    '--since': raw.since,
    '--volume-size': raw.volumeSize,
    '--gpgkey': raw.gpgkey,
    '--with-tools': raw.withTools,
    '--sidecars': raw.sidecars,
  };
  const rules = selectionRulesIfGiven(raw, given);
  const deny = optional('--deny', raw.deny);
  const [extra] = Object.entries(excluded).find(([, value]) => value !== undefined) ?? [];
  if (raw.again !== undefined && extra !== undefined)
    throw new UsageError(`--again and ${extra} exclude each other`, {
      hint: 'A volume is packed again as it was',
    });
  checkOutside({ option: '--to', path: to }, { option: '--index-dir', path: indexDir });
  const sidecars = optional('--sidecars', raw.sidecars);
  if (sidecars !== undefined)
    checkOutside({ option: '--to', path: to }, { option: '--sidecars', path: sidecars });
  return {
    mirror,
    indexDir,
    bundlesDir: optional('--bundles-dir', raw.bundlesDir),
    to,
    since: optional('--since', raw.since),
    volumeSize: raw.volumeSize ?? 0,
    allowMassRemoval: raw.allowMassRemoval === true,
    again: raw.again,
    sidecars,
    deny,
    rules,
    explain: raw.explain,
    withTools: optional('--with-tools', raw.withTools),
    ...signingOf(raw),
    ...sharedOf(raw),
  };
}
