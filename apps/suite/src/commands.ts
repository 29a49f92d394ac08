import { COMMANDS as HASHER } from '@crates-mirror/archive-hasher/commands';
import { COMMANDS as EXTRACTOR } from '@crates-mirror/bundle-extractor/commands';
import type { CommandSpec } from '@crates-mirror/cli';
import { COMMANDS as DOWNLOADER } from '@crates-mirror/downloader/commands';
import { COMMANDS as CLONER } from '@crates-mirror/index-cloner/commands';
import { COMMANDS as CARRIER } from '@crates-mirror/mirror-carrier/commands';
import { COMMANDS as SERVER } from '@crates-mirror/mirror-server/commands';
import { COMMANDS as SIDECARS } from '@crates-mirror/sidecar-generator/commands';

/** All commands of all tools. */
export const COMMANDS: readonly CommandSpec[] = [
  ...CLONER,
  ...DOWNLOADER,
  ...SIDECARS,
  ...EXTRACTOR,
  ...SERVER,
  ...HASHER,
  ...CARRIER,
];
