import {
  createReadStream,
  createWriteStream,
  lstatSync,
  readdirSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { FatalError } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { END_OF_ARCHIVE, memberHeader, paddingOf } from '@crates-mirror/tar';
import type { ParcelFile } from '../parcel/manifest.ts';
import type { ToolsSource } from './tools-archive.ts';

/**
 * Adds the tools to a parcel: an archive unchanged, a folder as tar compressed with gzip, which
 * every system can read.
 */
export async function packTools(
  { path, name, isFolder }: ToolsSource,
  directory: string,
  signal: AbortSignal,
): Promise<ParcelFile> {
  const to = join(directory, name);
  const out = createWriteStream(to, { flags: 'wx', flush: true });
  if (isFolder) await pipeline(Readable.from(tarOf(path)), createGzip(), out, { signal });
  else await pipeline(createReadStream(path), out, { signal });
  return { kind: 'tools', name, ...sha256File(to) };
}

/** A folder as tar, under its own name. */
async function* tarOf(folder: string): AsyncGenerator<Buffer> {
  yield* membersOf(folder, basename(folder));
  yield Buffer.from(END_OF_ARCHIVE);
}

async function* membersOf(path: string, name: string): AsyncGenerator<Buffer> {
  const stats = lstatSync(path);
  const shared = {
    path: Buffer.from(name),
    mode: stats.mode & 0o777,
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
  if (stats.isDirectory()) {
    yield memberHeader({ ...shared, path: Buffer.from(`${name}/`), type: 'directory', size: 0 });
    for (const entry of readdirSync(path).sort()) yield* membersOf(join(path, entry), `${name}/${entry}`);
  } else if (stats.isSymbolicLink())
    yield memberHeader({ ...shared, type: 'symlink', size: 0, target: Buffer.from(readlinkSync(path)) });
  else if (stats.isFile()) {
    yield memberHeader({ ...shared, type: 'file', size: stats.size });
    yield* contentOf(path, stats);
    yield Buffer.alloc(paddingOf(stats.size));
  }
}

async function* contentOf(path: string, { size }: Stats): AsyncGenerator<Buffer> {
  let left = size;
  for await (const piece of createReadStream(path)) {
    left -= piece.length;
    yield piece;
  }
  if (left !== 0)
    throw new FatalError('changed', `${path} has changed while it was read`, { hint: 'Run again' });
}
