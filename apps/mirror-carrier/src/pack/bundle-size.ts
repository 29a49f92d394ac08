/** A bundle has no more, so that it fits onto any file system. bytes */
const MAX_BUNDLE = 1e9;
/** A volume holds so many bundles, so that little of it stays empty. */
const BUNDLES_IN_VOLUME = 8;
const MAX_FRAME = 4 << 20;
const MIN_FRAME = 64 << 10;
/** A bundle holds so many frames at least, so that small bundles come out near their size. */
const MIN_FRAMES = 8;

/** @param volumeSize bytes; 0 for one volume of any size. @returns bytes that a bundle has at most */
export function bundleSizeOf(volumeSize: number): number {
  return volumeSize === 0 ? MAX_BUNDLE : Math.min(MAX_BUNDLE, Math.floor(volumeSize / BUNDLES_IN_VOLUME));
}

/** @param volumeSize as for {@link bundleSizeOf}. @returns bytes that a frame has at most */
export function frameSizeOf(volumeSize: number): number {
  const share = Math.floor(bundleSizeOf(volumeSize) / MIN_FRAMES);
  return Math.min(MAX_FRAME, Math.max(MIN_FRAME, share));
}
