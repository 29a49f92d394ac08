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

/** Crate files that are looked at, and names of any kind that are passed on the way to them. */
const MAX_CRATES = 50;
const MAX_NAMES = 5000;
/** No tree of crate files that we know of is deeper. */
const DEEPEST = 4;

interface Found {
  readonly path: string;
  readonly crate: CrateId;
}

/**
 * Refuses a directory that is no mirror of ours yet and whose crate files stand elsewhere than this layout has them: with a
 * layout forgotten, all of them would be downloaded once more, beside those that are there.
 *
 * @throws UsageError
 */
export function checkOtherLayout(root: string, layoutText: string): void {
  const layout = parseLayout(layoutText);
  if (layout.needsChecksum || readLayout(root) !== undefined) return;
  const found = someCrates(root);
  const example = found[0];
  if (example === undefined || found.some((one) => isOf(layout, one))) return;
  // Of short names alone, upstream's layout and the Go tool's are the same: which of them it is, only the user knows.
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

/** What cannot be read is found out by who needs it. */
function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
