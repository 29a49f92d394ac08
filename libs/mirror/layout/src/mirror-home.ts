import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import {
  acquireLock,
  isLock,
  type Lock,
  type LockHolder,
  lockHolder,
  makeDirectories,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY } from './home-directory.ts';
import type { HomeHolder } from './home-holder.ts';
import { type Layout, layoutName, parseLayout } from './layout.ts';
import { areApart, type RunShard, shardName, shardOfLock } from './run-shard.ts';

const MARKER_FILE = 'mirror.json';
/** Also lists the withdrawn members of bundles. */
const REMOVALS_FILE = 'removals.jsonl';
/** The marker of a site exported by mirror-server. */
const SITE_MARKER_FILE = 'site.json';
/**
 * The files of {@link HOME_DIRECTORY} that belong to a mirror when it is copied to another place.
 * Everything else belongs to the runs on one machine: locks, temporary files, caches, progress, and
 * the location of the bundles on this machine.
 */
export const CARRIED_FILES: readonly string[] = [MARKER_FILE, SITE_MARKER_FILE, REMOVALS_FILE];
const FORMAT_VERSION = 1;

/** Paths in a mirror that tools share. They are absolute or relative like `root`. */
export interface MirrorHome {
  readonly root: string;
  readonly lockFile: string;
  /** Lock for writing sidecars, which may happen while crate files are mirrored. */
  readonly sidecarLockFile: string;
  /** Records the location of the bundles of a mirror without loose files. */
  readonly bundlesFile: string;
  /** When a run last succeeded; only displayed. */
  readonly lastSuccessFile: string;
  /** The last selection; present only if it was not everything. */
  readonly selectionFile: string;
  /** Sizes of crate files that were too large to be fetched. Named after its format's version. */
  readonly sizesFile: string;
  /** When each part was last scrubbed. */
  readonly scrubFile: string;
  /** Removed or withdrawn crate files, and the reasons. */
  readonly removalsFile: string;
  /** On the file system of the crate files, so that a rename from here is atomic. */
  readonly temporaryDirectory: string;
  /**
   * Incomplete bodies of large crate files, which a later run resumes. Created when first needed.
   */
  readonly partialDirectory: string;
  /** The name includes the version of the ledger's format. */
  readonly ledgerDirectory: string;
  /**
   * Files that the last run found unchanged. It is in the ledger's directory because it depends on
   * the ledger. The name includes the version of its format.
   */
  readonly unchangedFile: string;
  /** For a mirror in an object store: notes about its objects. */
  readonly objectsDirectory: string;
  /** For a folder of bundles: the bundle of each member. Named after its format's version. */
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
    objectsDirectory: join(home, 'objects-1'),
    membersDirectory: join(home, 'members-1'),
  };
}

/**
 * Locks a mirror for one run, creating its own directory if necessary. A run over the whole mirror
 * excludes all others; runs over different shards of one division do not exclude each other.
 *
 * @param option the option that names the mirror, for messages
 * @param lockFile a lock other than that for writing crate files
 * @param shard undefined for a run over the whole mirror
 * @throws UsageError if it cannot be written to or another run holds the lock
 */
export function lockHome(
  root: string,
  option: string,
  lockFile: string = mirrorHome(root).lockFile,
  shard?: RunShard,
): Lock {
  const own = shard === undefined ? lockFile : join(dirname(lockFile), `${shardName(shard)}.lock`);
  let lock: Lock | LockHolder;
  try {
    makeDirectories(dirname(own));
    lock = acquireLock(own);
  } catch (error) {
    throw new UsageError(`${option}: cannot write to ${root}: ${errorMessage(error)}`, writeHint(error));
  }
  if (!isLock(lock)) throw heldMirror(root, { lockFile: own, holder: lock });
  // Each of two runs takes its own lock before it looks for the other's.
  const other = lockFile === mirrorHome(root).lockFile ? otherRun(lockFile, shard) : undefined;
  if (other === undefined) return lock;
  lock.release();
  throw heldMirror(root, other);
}

/** A run that may not work on the mirror at the same time, besides one with the same lock. */
function otherRun(lockFile: string, shard: RunShard | undefined): HomeHolder | undefined {
  for (const name of readdirSync(dirname(lockFile))) {
    const path = join(dirname(lockFile), name);
    const other = shardOfLock(name);
    const isOwn = shard === undefined ? path === lockFile : name === `${shardName(shard)}.lock`;
    if (isOwn || (other === undefined && path !== lockFile) || areApart(shard, other)) continue;
    const holder = lockHolder(path);
    if (holder !== undefined) return { lockFile: path, holder };
  }
  return undefined;
}

/** The error for a mirror that another run has locked. */
export function heldMirror(root: string, { lockFile, holder }: HomeHolder): UsageError {
  const { pid, host, since } = holder;
  return new UsageError(`another run (process ${pid} on ${host}, since ${since}) is working on ${root}`, {
    hint: `Wait for it, or remove ${lockFile} if you are sure that it is gone`,
  });
}

/** Rejects a mirror that was made with another layout or by a later version. @throws UsageError */
export function checkMarker(root: string, layout: Layout): void {
  const made = readLayout(root);
  if (made !== undefined) checkLayout(root, made, layout);
}

/** Rejects another layout than that of an existing mirror. @throws UsageError */
export function checkLayout(mirror: string, made: Layout, layout: Layout): void {
  if (made.id === layout.id) return;
  throw new UsageError(
    `${mirror} was mirrored with the layout '${layoutName(made.id)}', not '${layoutName(layout.id)}'`,
    {
      hint: 'Name that layout, or another place',
    },
  );
}

/** The layout stored in a mirror's marker; undefined if there is no marker. @throws UsageError */
export function readLayout(root: string): Layout | undefined {
  const path = markerOf(root);
  const text = readMarker(path);
  return text === undefined ? undefined : layoutIn(text, path);
}

/** The layout stored in the text of a marker. @param path for messages. @throws UsageError */
export function layoutIn(text: string, path: string): Layout {
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
 * Creates a mirror's own directories and, if it does not exist, its marker.
 *
 * @param directories the directories to create, which differ between a folder of bundles and a tree
 * of loose files
 */
export function prepareHome(home: MirrorHome, layout: Layout, directories: readonly string[]): void {
  for (const directory of directories) makeDirectories(directory);
  const path = markerOf(home.root);
  if (readMarker(path) !== undefined) return;
  writeFileAtomic(path, markerText(layout), { durable: true });
}

/** The content of the marker of a mirror. */
export function markerText(layout: Layout): string {
  return `${JSON.stringify({ format_version: FORMAT_VERSION, layout: layout.id })}\n`;
}

/** The marker file, which makes a directory a mirror. */
export function markerOf(root: string): string {
  return join(root, HOME_DIRECTORY, MARKER_FILE);
}

function readMarker(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // The path does not exist. Errors of the place itself are left to whatever writes there first.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw new UsageError(`cannot read ${path}: ${errorMessage(error)}`);
  }
}

/** Parses a marker; an empty object if it is not a JSON object. */
function parseMarker(text: string): { readonly format_version?: unknown; readonly layout?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * @returns undefined for a layout that no mirror can have been made with, because a user's layout
 * is validated first
 */
function tryLayout(text: string): Layout | undefined {
  try {
    return parseLayout(text);
  } catch {
    return undefined;
  }
}
