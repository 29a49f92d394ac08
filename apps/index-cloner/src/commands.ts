import type { CommandSpec } from '@crates-mirror/cli';
import { COMMAND } from './command/command-line.ts';

/** What there is to be said of each command: for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [COMMAND];
