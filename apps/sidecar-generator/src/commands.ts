import type { CommandSpec } from '@crates-mirror/cli';
import { COMMAND } from './command-line.ts';

/** The specification of each command, for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [COMMAND];
