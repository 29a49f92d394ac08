import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import type { StatusOptions } from '../options.ts';
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
} from './shared.ts';

const EXAMPLES = `Examples:
  crates-mirror-carrier status --mirror mirror --from parcels
      what the mirror has, how old that is, and which parcels are still to come
  crates-mirror-carrier status --mirror mirror --receipt-out receipt.json
      the last receipt again

Every option may also be written with a single dash.
${EXIT_CODES}`;

export const STATUS_COMMAND = {
  name: `${PROGRAM} status`,
  version: VERSION,
  description: 'Prints which parcels a mirror has received, and which were packed from it.',
  options: [
    { flags: '--mirror <dir>', description: 'the mirror, on either side of the gap', group: MIRROR },
    FROM,
    { flags: '--receipt-out <file>', description: 'write the last receipt to this file', group: CARRIED },
    ...LOGGING,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseStatusOptions(argv: readonly string[]): StatusOptions {
  const raw = parseCommand(STATUS_COMMAND, argv).values;
  return {
    mirror: required('--mirror', raw.mirror, 'which mirror?'),
    from: optional('--from', raw.from),
    receiptOut: optional('--receipt-out', raw.receiptOut),
    ...sharedOf(raw),
  };
}
