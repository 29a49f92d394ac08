import type { CommandSpec } from '@crates-mirror/cli';
import { DOWNLOADER_COMMAND } from '@crates-mirror/downloader-options';

/** Descriptions of the commands, for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [DOWNLOADER_COMMAND];
