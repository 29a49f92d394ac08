import type { CommandSpec } from '@crates-mirror/cli';
import { SERVE_COMMAND } from './command-line.ts';
import { EXPORT_COMMAND } from './export-command-line.ts';

/** The specification of each command, for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [SERVE_COMMAND, EXPORT_COMMAND];
