import { readFileSync } from 'node:fs';
import type { LooseFiles } from '../../lane/store/loose-files.ts';

/** What a sidecar's name has more than its crate file's. */
const SIDECAR_SUFFIX = '.json';
/** Bytes. No line of an index is so long. */
const LONGEST = 1 << 20;

/**
 * The size that the sidecar beside a crate file's place tells of it.
 *
 * @param path of the crate file
 * @param sha256 that the index promises
 * @returns bytes; undefined where there is no sidecar, or it tells none of this file
 */
export function sidecarSize(files: LooseFiles, path: string, sha256: string): number | undefined {
  const sidecar = path + SIDECAR_SUFFIX;
  const stats = files.stat(sidecar);
  if (stats === undefined || !stats.isFile() || stats.size > LONGEST) return undefined;
  try {
    const { cksum, size } = (JSON.parse(readFileSync(sidecar, 'utf8')) ?? {}) as Record<string, unknown>;
    return cksum === sha256 && isSize(size) ? size : undefined;
  } catch {
    // One that is no JSON, or cannot be read, tells nothing.
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
