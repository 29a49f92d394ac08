import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { realPath } from '@crates-mirror/cli/real-path';
import { UsageError } from '@crates-mirror/errors';
import { type Lock, makeDirectories, removeTemporaries, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY, lockHome, mirrorHome, notThere } from '@crates-mirror/layout';

const MARKER = 'site.json';
const FORMAT_VERSION = 1;

/** The paths of an exported site. */
export interface Site {
  readonly root: string;
  /** Index files and `config.json`. */
  readonly index: string;
  /** Crate files in the cargo layout. */
  readonly crates: string;
  readonly temporaryDirectory: string;
  /** Index files to be published once all crate files are in place. */
  readonly stage: string;
  readonly ledgerDirectory: string;
}

/**
 * Opens a directory for an export, and creates it if it does not exist.
 *
 * @param sources directories that are read; the site must not be inside or around one of them
 * @param mustExist refuse to create the directory
 * @throws UsageError if it is not a site, or another run has locked it
 */
export function openSite(
  root: string,
  sources: readonly string[],
  mustExist: boolean,
): { site: Site; lock: Lock; isNew: boolean } {
  for (const path of [root, join(root, 'index'), join(root, 'crates')]) checkApart('--out', path, sources);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`--out: ${root} is not a directory`, { hint: 'Name a new or an empty directory' });
  const home = mirrorHome(root);
  const isOurs = existsSync(join(root, HOME_DIRECTORY, MARKER));
  if (!isOurs && existsSync(root) && readdirSync(root).length > 0)
    throw new UsageError(`--out: ${root} is no site of ours, and not empty`, {
      hint: 'Name a new or an empty directory',
    });
  for (const path of ['index', 'crates', HOME_DIRECTORY]) checkNoLink(join(root, path));
  if (!isOurs && mustExist) throw notThere('site', root, '--out');
  const lock = lockHome(root, '--out');
  try {
    if (isOurs) checkMarker(join(root, HOME_DIRECTORY, MARKER));
    else
      writeFileAtomic(
        join(root, HOME_DIRECTORY, MARKER),
        `${JSON.stringify({ format_version: FORMAT_VERSION })}\n`,
      );
    const site = {
      root,
      index: join(root, 'index'),
      crates: join(root, 'crates'),
      temporaryDirectory: home.temporaryDirectory,
      stage: join(root, HOME_DIRECTORY, 'stage'),
      ledgerDirectory: home.ledgerDirectory,
    };
    rmSync(site.stage, { recursive: true, force: true });
    for (const path of [site.index, site.crates, site.temporaryDirectory, site.stage, site.ledgerDirectory])
      makeDirectories(path);
    removeTemporaries(site.temporaryDirectory);
    return { site, lock, isNew: !isOurs };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function checkMarker(path: string): void {
  let version: unknown;
  try {
    version = (JSON.parse(readFileSync(path, 'utf8')) as { format_version?: unknown }).format_version;
  } catch {
    throw new UsageError(`${path} is damaged`, { hint: 'Export to a new directory' });
  }
  if (version !== FORMAT_VERSION)
    throw new UsageError(`${path} has format ${String(version)}, this tool knows ${FORMAT_VERSION}`);
}

/**
 * An export may only remove the site's own files. Files behind a symbolic link are not covered by
 * the site's marker.
 */
function checkNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new UsageError(`--out: ${path} is a link`, {
    hint: 'Put a directory in its place; --out itself may be a link to where the site is',
  });
}

/**
 * @throws UsageError if a directory that is written is the same as, inside, or around one that is
 * read
 */
export function checkApart(option: string, root: string, sources: readonly string[]): void {
  const out = realPath(root);
  for (const source of sources) {
    const other = realPath(source);
    if (out === other || out.startsWith(other + sep) || other.startsWith(out + sep))
      throw new UsageError(`${option}: ${root} and ${source} are the same, or one is in the other`, {
        hint: 'Give it a directory of its own',
      });
  }
}
