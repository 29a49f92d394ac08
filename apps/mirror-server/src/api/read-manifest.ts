import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CodedError, errorMessage } from '@crates-mirror/errors';
import { type Extract, extract } from 'tar-stream';

/**
 * Bytes of a Cargo.toml. A hostile one of this size keeps the parser busy for a second or two, in
 * pieces.
 */
const MAX_MANIFEST = 256 << 10;
/** cargo accepts a BOM, and rejects anything that is not UTF-8. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Bytes of tar that are searched for the manifest. cargo writes it near the front. */
const MAX_UNPACKED = 32 << 20;

/**
 * Extracts the Cargo.toml of a crate file: the member `{name}-{version}/Cargo.toml` of the gzipped
 * tar. Unpacks only as much as is needed to find it, and at most 32 MiB.
 *
 * @param pieces bytes of the crate file; reading stops once the manifest is found
 * @throws CodedError `no_manifest` if the manifest is missing, or the bytes are not gzip or not
 * tar; errors of `pieces` are rethrown
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

/** Separates read errors from defects in the bytes. */
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
