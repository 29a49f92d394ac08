import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CodedError, errorMessage } from '@crates-mirror/errors';
import { type Extract, extract } from 'tar-stream';

/**
 * bytes of a Cargo.toml: a hostile one of this size takes the parser a second or two, in pieces.
 */
const MAX_MANIFEST = 256 << 10;
/** cargo takes a BOM, and refuses what is not UTF-8. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** bytes of tar that are looked through for it: cargo writes it near the front. */
const MAX_UNPACKED = 32 << 20;

/**
 * The Cargo.toml of a crate file: the gzipped tar's member `{name}-{version}/Cargo.toml`. No more
 * is unpacked than it takes to get there, and never more than 32 MiB.
 *
 * @param pieces of the crate file; no more are taken once it is found
 * @throws CodedError `no_manifest` where it is not there, or what is there is no gzip or no tar;
 * what `pieces` throws
 */
export async function readManifestText(
  pieces: AsyncIterable<Buffer>,
  name: string,
  version: string,
): Promise<string> {
  const source = new Source(pieces);
  const from = Readable.from(source.pieces());
  const tar = extract();
  let failure: unknown;
  const reading = pipeline(from, createGunzip(), atMost(MAX_UNPACKED), tar).catch((error: unknown) => {
    failure ??= error;
  });
  let text: string | undefined;
  try {
    text = await findMember(tar, `${name}-${version}/Cargo.toml`);
  } catch (error) {
    failure ??= error;
  } finally {
    from.destroy();
    tar.destroy();
    await reading;
  }
  if (text !== undefined) return text;
  if (source.failure !== undefined) throw source.failure;
  throw new CodedError('no_manifest', failure === undefined ? 'there is none' : errorMessage(failure));
}

/** Keeps apart what goes wrong with reading from what is wrong with the bytes. */
class Source {
  readonly #pieces: AsyncIterable<Buffer>;
  failure: unknown;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    try {
      yield* this.#pieces;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

async function findMember(tar: Extract, path: string): Promise<string | undefined> {
  for await (const entry of tar) {
    const { name, type, size = 0 } = entry.header;
    if (name === path && type === 'file') {
      if (size > MAX_MANIFEST) throw new Error(`it has ${size} bytes`);
      return await textOf(entry);
    }
    entry.resume();
  }
  return undefined;
}

async function textOf(entry: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return UTF8.decode(Buffer.concat(chunks));
}

function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new Error(`it is not within the first ${bytes} bytes`));
      else done(null, chunk);
    },
  });
}
