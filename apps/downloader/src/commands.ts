import type { CommandSpec } from '@crates-mirror/cli';
import { DOWNLOADER_COMMAND } from '@crates-mirror/downloader-options';

/** What there is to be said of each command: for completions, manual pages and configuration files. */
export const COMMANDS: readonly CommandSpec[] = [DOWNLOADER_COMMAND];
