import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import {
  type CrateId,
  HOME_DIRECTORY,
  LAYOUT_NAMES,
  type Layout,
  parseCratePath,
  parseLayout,
  readLayout,
} from '@crates-mirror/layout';

/**
 * Maximum number of crate files to examine, and of directory entries to pass on the way to them.
 */
const MAX_CRATES = 50;
const MAX_NAMES = 5000;
/** No known layout of crate files is deeper. */
const DEEPEST = 4;

interface Found {
  readonly path: string;
  readonly crate: CrateId;
}

/**
 * Rejects a directory that is not yet one of our mirrors and whose crate files follow another
 * layout. If the user merely forgot the layout option, all files would be downloaded again, next to
 * the existing ones.
 *
 * @throws UsageError
 */
export function checkOtherLayout(root: string, layoutText: string): void {
  const layout = parseLayout(layoutText);
  if (layout.needsChecksum || readLayout(root) !== undefined) return;
  const found = someCrates(root);
  const example = found[0];
  if (example === undefined || found.some((one) => isOf(layout, one))) return;
  // For short names, the layouts of upstream and of the Go tool are identical; only the user knows
  // which one it is.
  const names = LAYOUT_NAMES.filter((other) => found.every((one) => isOf(parseLayout(other), one)));
  const option = names.map((name) => `--layout ${name}`).join(' or ');
  throw new UsageError(
    `${root} holds crate files of another layout: ${example.path}, where '${layoutText}' has ${layout.pathOf(example.crate)}`,
    {
      hint: `${option === '' ? 'Name their layout' : `Say ${option}`} to adopt them, or name another directory`,
    },
  );
}

function isOf(layout: Layout, { path, crate }: Found): boolean {
  return layout.pathOf(crate) === path;
}

function someCrates(root: string): Found[] {
  const found: Found[] = [];
  let names = 0;
  const walk = (directory: string, depth: number): void => {
    for (const entry of list(join(root, directory))) {
      names += 1;
      if (found.length === MAX_CRATES || names > MAX_NAMES) return;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && path !== HOME_DIRECTORY && depth < DEEPEST) walk(path, depth + 1);
      const isCrate = entry.isFile() && entry.name.endsWith('.crate');
      const crate = isCrate ? parseCratePath(path.split('/')) : undefined;
      if (crate !== undefined) found.push({ path, crate: { ...crate, sha256: '' } });
    }
  };
  walk('', 1);
  return found;
}

/** Directories that cannot be read are skipped; the code that needs them reports the error. */
function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
