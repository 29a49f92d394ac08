import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { END_OF_ARCHIVE, memberHeader, paddingOf } from '@crates-mirror/tar';
import { directoriesOf, type Tree } from './tree.ts';

/** The mtime that npm gives to all files of its packages: 1985-10-26T08:15:00Z. */
export const MTIME = 499_162_500;

/** A third of a second per MB, and within 5 % of the highest levels. */
const LEVEL = 12;

export const ZSTD_PARAMS = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };

/**
 * Writes a tree as `.tar.zst`. Equal trees have equal archives: members are sorted, and have the
 * same owner and time.
 */
export async function writeArchive(tree: Tree, file: string): Promise<void> {
  const compress = createZstdCompress({ params: ZSTD_PARAMS });
  await pipeline(Readable.from(tarOf(tree)), compress, createWriteStream(file));
}

/**
 * The pieces of a tar: directories first, then files, each sorted by path.
 *
 * @param open empty directories that every user may write to
 */
export function* tarOf(tree: Tree, open: readonly string[] = []): Generator<Buffer> {
  for (const path of directoriesOf(tree.keys()))
    yield memberHeader({ path: Buffer.from(path), type: 'directory', size: 0, mode: 0o755, mtime: MTIME });
  for (const path of open)
    yield memberHeader({ path: Buffer.from(path), type: 'directory', size: 0, mode: 0o1777, mtime: MTIME });
  for (const [path, { content, isExecutable }] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mode = isExecutable ? 0o755 : 0o644;
    yield memberHeader({ path: Buffer.from(path), type: 'file', size: content.length, mode, mtime: MTIME });
    yield content;
    yield Buffer.alloc(paddingOf(content.length));
  }
  yield END_OF_ARCHIVE;
}
