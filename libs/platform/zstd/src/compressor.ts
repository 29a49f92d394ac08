import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { describeFrame } from './describe-frame.ts';

/**
 * Makes one frame, with its content's size and checksum, in libuv's thread pool.
 *
 * @param content must not change until the frame is there
 * @param level one of zstd's
 */
export type Compress = (content: Buffer, level: number) => Promise<Buffer>;

type Bindings = Pick<typeof import('@mongodb-js/zstd'), 'compress'>;

const compressByNode = promisify(zstdCompress);

/** An encoder: `@mongodb-js/zstd` where it is installed for this machine, that of Node.js elsewhere. Loaded when it is used. */
export function compressor(load: () => Bindings = loadBindings): Compress {
  let bindings: Bindings | undefined;
  let isLoaded = false;
  return async (content, level) => {
    if (!isLoaded) bindings = tryTo(load);
    isLoaded = true;
    if (bindings === undefined) return byNode(content, level);
    return describeFrame(await bindings.compress(content, level), content);
  };
}

/** Its own index.js (1.2.2) does not pass the level on, and does nothing else of use here. */
function loadBindings(): Bindings {
  return createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js');
}

function tryTo(load: () => Bindings): Bindings | undefined {
  try {
    return load();
  } catch {
    // Not installed, or not for this platform.
    return undefined;
  }
}

function byNode(content: Buffer, level: number): Promise<Buffer> {
  return compressByNode(content, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: content.length,
    // Room for the whole frame at once (ZSTD_COMPRESSBOUND, rounded up) halves the time.
    chunkSize: content.length + (content.length >> 8) + 256,
  });
}
