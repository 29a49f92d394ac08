import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import {
  acquireLock,
  isLock,
  type Lock,
  type LockHolder,
  makeDirectories,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY } from './home-directory.ts';
import { type Layout, layoutName, parseLayout } from './layout.ts';

const MARKER_FILE = 'mirror.json';
/** Also tells which members of bundles are withdrawn. */
const REMOVALS_FILE = 'removals.jsonl';
/** The marker of a site that mirror-server exports. */
const SITE_MARKER_FILE = 'site.json';
/**
 * The files of {@link HOME_DIRECTORY} that belong to a mirror wherever it is carried. All else there is of one machine's
 * runs: locks, temporary files, caches, how far they got, and where on this machine the bundles are.
 */
export const CARRIED_FILES: readonly string[] = [MARKER_FILE, SITE_MARKER_FILE, REMOVALS_FILE];
const FORMAT_VERSION = 1;

/** The places of a mirror that tools share. Paths are absolute or relative as `root` is. */
export interface MirrorHome {
  readonly root: string;
  readonly lockFile: string;
  /** Of who writes sidecars, which may be while crate files are mirrored. */
  readonly sidecarLockFile: string;
  /** Where the bundles of a mirror without loose files are. */
  readonly bundlesFile: string;
  /** When a run last ended well; for showing only. */
  readonly lastSuccessFile: string;
  /** What was last selected for it; only where that was not everything. */
  readonly selectionFile: string;
  /** What is known of crate files that were too large to be fetched. Named after the version of its format. */
  readonly sizesFile: string;
  /** When each part was last scrubbed. */
  readonly scrubFile: string;
  /** What was removed or withdrawn, and why. */
  readonly removalsFile: string;
  /** On the crate files' own file system, so that a rename from here is atomic. */
  readonly temporaryDirectory: string;
  /** Bodies of large crate files under way, which a later run goes on with; there only once there has been one. */
  readonly partialDirectory: string;
  /** Named after the version of the ledger's format. */
  readonly ledgerDirectory: string;
  /** Of what the last run found unchanged; in the ledger's directory, since it goes by it. Named after the version of its format. */
  readonly unchangedFile: string;
  /** Of a folder of bundles: which bundle holds what. Named after the version of its format. */
  readonly membersDirectory: string;
}

export function mirrorHome(root: string): MirrorHome {
  const home = join(root, HOME_DIRECTORY);
  return {
    root,
    lockFile: join(home, 'lock'),
    sidecarLockFile: join(home, 'sidecars.lock'),
    bundlesFile: join(home, 'bundles.json'),
    lastSuccessFile: join(home, 'last-success.json'),
    selectionFile: join(home, 'selection.json'),
    sizesFile: join(home, 'sizes-1'),
    scrubFile: join(home, 'scrub.json'),
    removalsFile: join(home, REMOVALS_FILE),
    temporaryDirectory: join(home, 'tmp'),
    partialDirectory: join(home, 'partial'),
    ledgerDirectory: join(home, 'verified-1'),
    unchangedFile: join(home, 'verified-1', 'unchanged-1'),
    membersDirectory: join(home, 'members-1'),
  };
}

/**
 * Takes a mirror for one run, making it where there is none.
 *
 * @param option the option that names it, for messages
 * @param lockFile another lock than that of who writes crate files
 * @throws UsageError when it cannot be written to, or another run has it
 */
export function lockHome(root: string, option: string, lockFile: string = mirrorHome(root).lockFile): Lock {
  let lock: Lock | LockHolder;
  try {
    makeDirectories(dirname(lockFile));
    lock = acquireLock(lockFile);
  } catch (error) {
    throw new UsageError(`${option}: cannot write to ${root}: ${errorMessage(error)}`, writeHint(error));
  }
  if (isLock(lock)) return lock;
  throw heldMirror(root, { lockFile, holder: lock });
}

/** What to say of a mirror that another run has. */
export function heldMirror(
  root: string,
  { lockFile, holder }: { readonly lockFile: string; readonly holder: LockHolder },
): UsageError {
  const { pid, host, since } = holder;
  return new UsageError(`another run (process ${pid} on ${host}, since ${since}) is working on ${root}`, {
    hint: `Wait for it, or remove ${lockFile} if you are sure that it is gone`,
  });
}

/** Refuses a mirror that was made with another layout or by a later version. @throws UsageError */
export function checkMarker(root: string, layout: Layout): void {
  const made = readLayout(root);
  if (made === undefined || made.id === layout.id) return;
  throw new UsageError(
    `${root} was mirrored with the layout '${layoutName(made.id)}', not '${layoutName(layout.id)}'`,
    {
      hint: 'Name that layout, or another directory',
    },
  );
}

/** The layout that a mirror's marker remembers; undefined where there is none. @throws UsageError */
export function readLayout(root: string): Layout | undefined {
  const path = markerOf(root);
  const text = readMarker(path);
  if (text === undefined) return undefined;
  const { format_version: version, layout } = parseMarker(text);
  if (typeof version === 'number' && version !== FORMAT_VERSION)
    throw new UsageError(`${path} has format ${version}, this tool knows ${FORMAT_VERSION}`, {
      hint: 'Use the version of crates-mirror that made this mirror, or a newer one',
    });
  const known = version === FORMAT_VERSION && typeof layout === 'string' ? tryLayout(layout) : undefined;
  if (known !== undefined) return known;
  throw new UsageError(`${path} is damaged`, {
    hint: 'Remove it if you are sure of the layout, and run again',
  });
}

/**
 * Makes a mirror's own directories and, the first time, its marker.
 *
 * @param directories those it needs: a folder of bundles has others than a tree of loose files
 */
export function prepareHome(home: MirrorHome, layout: Layout, directories: readonly string[]): void {
  for (const directory of directories) makeDirectories(directory);
  const path = markerOf(home.root);
  if (readMarker(path) !== undefined) return;
  writeFileAtomic(path, `${JSON.stringify({ format_version: FORMAT_VERSION, layout: layout.id })}\n`, {
    durable: true,
  });
}

/** The file that makes a directory a mirror. */
export function markerOf(root: string): string {
  return join(root, HOME_DIRECTORY, MARKER_FILE);
}

function readMarker(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Neither there nor anywhere near: what is wrong with the place itself is for its first writer to say.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw new UsageError(`cannot read ${path}: ${errorMessage(error)}`);
  }
}

/** Whatever is in a marker, with nothing in what is no JSON object. */
function parseMarker(text: string): { readonly format_version?: unknown; readonly layout?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** @returns undefined for what no mirror was ever made with: a user's layout is checked before */
function tryLayout(text: string): Layout | undefined {
  try {
    return parseLayout(text);
  } catch {
    return undefined;
  }
}
