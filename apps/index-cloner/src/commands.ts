import type { CommandSpec } from '@crates-mirror/cli';
import { COMMAND } from './command/command-line.ts';

/** Descriptions of the commands, for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [COMMAND];
