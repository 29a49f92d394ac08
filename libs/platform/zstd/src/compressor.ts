import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { describeFrame } from './describe-frame.ts';

/**
 * Creates one frame, with its content's size and checksum, in libuv's thread pool.
 *
 * @param content must not change until the frame is complete
 * @param level one of zstd's
 */
export type Compress = (content: Buffer, level: number) => Promise<Buffer>;

type Bindings = Pick<typeof import('@mongodb-js/zstd'), 'compress'>;

const compressByNode = promisify(zstdCompress);

/**
 * An encoder: `@mongodb-js/zstd` if installed for this machine, otherwise that of Node.js. Loaded
 * on first use.
 */
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

/**
 * Loads the binding directly, since the package's index.js (1.2.2) ignores the level, and does
 * nothing else that is needed here.
 */
function loadBindings(): Bindings {
  return createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js');
}

function tryTo(load: () => Bindings): Bindings | undefined {
  try {
    return load();
  } catch {
    // Not installed, or not available for this platform.
    return undefined;
  }
}

function byNode(content: Buffer, level: number): Promise<Buffer> {
  return compressByNode(content, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: content.length,
    // Allocating room for the whole frame (ZSTD_COMPRESSBOUND, rounded up) halves the time.
    chunkSize: content.length + (content.length >> 8) + 256,
  });
}
