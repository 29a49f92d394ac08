import { readFileSync } from 'node:fs';
import type { LooseFiles } from '../store/loose-files.ts';

/** The suffix that a sidecar's name adds to its crate file's name. */
const SIDECAR_SUFFIX = '.json';
/** In bytes. No line of an index is this long. */
const MAX_SIDECAR = 1 << 20;

/**
 * Returns the size recorded in the sidecar next to the location of a crate file.
 *
 * @param path path of the crate file
 * @param sha256 checksum in the index
 * @returns bytes; undefined if there is no sidecar, or it does not describe this file
 */
export function sidecarSize(files: LooseFiles, path: string, sha256: string): number | undefined {
  const sidecar = path + SIDECAR_SUFFIX;
  const stats = files.stat(sidecar);
  if (stats === undefined || !stats.isFile() || stats.size > MAX_SIDECAR) return undefined;
  try {
    const { cksum, size } = (JSON.parse(readFileSync(sidecar, 'utf8')) ?? {}) as Record<string, unknown>;
    return cksum === sha256 && isSize(size) ? size : undefined;
  } catch {
    // A sidecar that is not JSON or cannot be read is ignored.
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
