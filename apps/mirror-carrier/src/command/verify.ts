import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import type { VerifyOptions } from '../options.ts';
import { EXIT_CODES, FROM, LOGGING, PROGRAM, required, sharedOf, TRUST } from './shared.ts';

const EXAMPLES = `Example:
  crates-mirror-carrier verify --from parcels --trust key.asc
      every file of every parcel, the signatures, and whether one parcel goes on from the other

Every option may also be written with a single dash.
${EXIT_CODES}`;

export const VERIFY_COMMAND = {
  name: `${PROGRAM} verify`,
  version: VERSION,
  description: 'Verifies every byte of parcels, and their signatures. Works on either side.',
  options: [FROM, TRUST, ...LOGGING],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseVerifyOptions(argv: readonly string[]): VerifyOptions {
  const raw = parseCommand(VERIFY_COMMAND, argv).values;
  const from = required('--from', raw.from, 'where are the parcels?');
  return { from, trust: raw.trust ?? [], ...sharedOf(raw) };
}
