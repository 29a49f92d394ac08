import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { makeDirectories, writeFileAtomic } from '@crates-mirror/fs-atomic';
import type { Layout } from './layout.ts';

/** Directory inside a mirror that holds what the tools know about it; no crate ever lives there. */
export const HOME_DIRECTORY = '.crates-mirror';
const MARKER_FILE = 'mirror.json';
const FORMAT_VERSION = 1;

/** The places of a mirror that tools share. Paths are absolute or relative as `root` is. */
export interface MirrorHome {
  readonly root: string;
  readonly lockFile: string;
  /** On the crate files' own file system, so that a rename from here is atomic. */
  readonly temporaryDirectory: string;
  /** Named after the version of the ledger's format. */
  readonly ledgerDirectory: string;
}

export function mirrorHome(root: string): MirrorHome {
  const home = join(root, HOME_DIRECTORY);
  return {
    root,
    lockFile: join(home, 'lock'),
    temporaryDirectory: join(home, 'tmp'),
    ledgerDirectory: join(home, 'verified-1'),
  };
}

/** Refuses a mirror that was made with another layout or by a later version. @throws UsageError */
export function checkMarker(root: string, layout: Layout): void {
  const path = join(root, HOME_DIRECTORY, MARKER_FILE);
  const marker = readMarker(path);
  if (marker === undefined) return;
  if (marker['format_version'] !== FORMAT_VERSION) {
    throw new UsageError(
      `${path} has format ${String(marker['format_version'])}, this tool knows ${FORMAT_VERSION}`,
      {
        hint: 'Use the version of crates-mirror that made this mirror, or a newer one',
      },
    );
  }
  if (marker['layout'] !== layout.id) {
    throw new UsageError(
      `${root} was mirrored with the layout '${String(marker['layout'])}', not '${layout.id}'`,
      {
        hint: 'Give that layout with --layout, or another --out',
      },
    );
  }
}

/** Makes the mirror's own directories and, the first time, its marker. */
export function prepareHome(home: MirrorHome, layout: Layout): void {
  for (const directory of [home.temporaryDirectory, home.ledgerDirectory]) makeDirectories(directory);
  const path = join(home.root, HOME_DIRECTORY, MARKER_FILE);
  if (readMarker(path) !== undefined) return;
  writeFileAtomic(path, `${JSON.stringify({ format_version: FORMAT_VERSION, layout: layout.id })}\n`, {
    durable: true,
  });
}

function readMarker(path: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Neither there nor anywhere near: what is wrong with the place itself is for its first writer to say.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw new UsageError(`cannot read ${path}: ${errorMessage(error)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // reported below
  }
  throw new UsageError(`${path} is damaged`, {
    hint: 'Remove it if you are sure of the layout, and run again',
  });
}
