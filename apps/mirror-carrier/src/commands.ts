import type { CommandSpec } from '@crates-mirror/cli';
import { PACK_COMMAND } from './command/pack.ts';
import { STATUS_COMMAND } from './command/status.ts';
import { UNPACK_COMMAND } from './command/unpack.ts';
import { VERIFY_COMMAND } from './command/verify.ts';

/** The specification of each command, for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [
  PACK_COMMAND,
  VERIFY_COMMAND,
  UNPACK_COMMAND,
  STATUS_COMMAND,
];
