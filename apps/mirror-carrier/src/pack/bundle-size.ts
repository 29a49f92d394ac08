/** Maximum bytes of a bundle, so that it fits onto any file system. */
const MAX_BUNDLE = 1e9;
/** A volume holds this many bundles, so that little of it stays empty. */
const BUNDLES_IN_VOLUME = 8;
const MAX_FRAME = 4 << 20;
const MIN_FRAME = 64 << 10;
/**
 * A bundle holds at least this many frames, so that small bundles come close to their target size.
 */
const MIN_FRAMES = 8;

/** @param volumeSize bytes; 0 for one volume of any size. @returns maximum bytes of a bundle */
export function bundleSizeOf(volumeSize: number): number {
  return volumeSize === 0 ? MAX_BUNDLE : Math.min(MAX_BUNDLE, Math.floor(volumeSize / BUNDLES_IN_VOLUME));
}

/** @param volumeSize as for {@link bundleSizeOf}. @returns maximum bytes of a frame */
export function frameSizeOf(volumeSize: number): number {
  const share = Math.floor(bundleSizeOf(volumeSize) / MIN_FRAMES);
  return Math.min(MAX_FRAME, Math.max(MIN_FRAME, share));
}
