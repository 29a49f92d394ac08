import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '@crates-mirror/errors';
import { END_OF_ARCHIVE, paddingOf } from '@crates-mirror/tar';
import { extract, type Header } from 'tar-stream';
import { damaged } from '../format/bundle-error.ts';
import { decompress } from './decompress.ts';

const PIECE = 1 << 20;

/** One entry of an archive. The archive is untrusted. */
export interface TarEntry {
  readonly name: string;
  /**
   * The types of tar-stream: `file`, `directory`, `symlink`, …; also `sparse file`, and `unknown`
   * for any other.
   */
  readonly type: string;
  /** bytes */
  readonly size: number;
  /** Offset of the content, bytes of tar. */
  readonly offset: number;
  /** Must be read to its end before the next entry is requested, or not at all. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * The entries of any `.tar.zst`, written by this program or another, with one or many frames.
 * Memory use is independent of its length.
 *
 * @throws BundleError if it is not zstd or not a tar, or is damaged or truncated
 */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const file = createReadStream(path, { highWaterMark: PIECE });
  const tar = extract();
  const end = new EndWatch();
  let cause: unknown;
  let contentEnd = 0;
  const reading = pipeline(decompress(file), end, tar).catch((error) => {
    cause ??= error;
  });
  try {
    for await (const entry of tar) {
      const { name, size } = entry.header;
      const type = typeOf(entry.header);
      const offset = contentOffset(entry.header);
      contentEnd = offset + (type === 'directory' ? 0 : size);
      yield { name, type, size, offset, content: contentOf(entry) };
      entry.resume();
    }
  } catch (error) {
    cause ??= error;
  } finally {
    file.destroy();
    tar.destroy();
    await reading;
  }
  if (cause !== undefined) throw damaged(reasonOf(cause));
  if (!end.isSeenAfter(contentEnd)) throw damaged('cut short: it has no end-of-archive marker');
}

function typeOf({ type, pax }: Header): string {
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
  return isSparse ? 'sparse file' : ((type as string | null) ?? 'unknown');
}

/** tar-stream's types omit this property. */
function contentOffset(header: Header & { byteOffset?: number }): number {
  return header.byteOffset ?? 0;
}

async function* contentOf(entry: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const piece of entry) yield piece as Buffer;
  } catch (error) {
    throw damaged(reasonOf(error));
  }
}

function reasonOf(cause: unknown): string {
  const message = errorMessage(cause);
  if (/Unknown frame descriptor/i.test(message)) return 'not compressed with zstd, or damaged';
  if (/Unexpected end of (data|file)/i.test(message)) return 'cut short';
  if (/Invalid tar header/i.test(message)) return 'no tar inside, or damaged';
  if (/too much memory/i.test(message))
    return 'compressed with a window of more than 128 MiB: unpack it with zstd -d --long=31 and tar';
  if (/match checksum/i.test(message)) return 'damaged: a frame does not have its checksum';
  return message;
}

/** Passes a tar through and checks whether it ends correctly (POSIX: two blocks of zeros). */
class EndWatch extends Transform {
  #length = 0;
  #zeros = 0;

  /**
   * @param contentEnd bytes of tar up to the end of the last entry; zeros before it do not belong
   * to the marker
   */
  isSeenAfter(contentEnd: number): boolean {
    const needed = END_OF_ARCHIVE.length;
    return this.#zeros >= needed && this.#length >= contentEnd + paddingOf(contentEnd) + needed;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    const needed = END_OF_ARCHIVE.length;
    const tail = chunk.subarray(Math.max(0, chunk.length - needed));
    let zeros = 0;
    while (zeros < tail.length && tail[tail.length - 1 - zeros] === 0) zeros += 1;
    this.#length += chunk.length;
    this.#zeros = zeros === chunk.length ? this.#zeros + zeros : zeros;
    done(null, chunk);
  }
}
