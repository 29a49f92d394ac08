import { readFileSync, statSync } from 'node:fs';
import { sha256File } from '@crates-mirror/hashing/sha256';
import type { FoundBundle } from './find-bundles.ts';

/** In bytes. Two crate names and a digest take some hundred. */
const MAX_SUMS = 4096;
/** As written by `sha256sum`. */
const LINE = /^([0-9a-f]{64}) [ *]([^\n]+)\n?$/;

/**
 * Compares a bundle with the SHA-256 recorded when it was made: in the catalog, and in the
 * `.sha256` file used by other tools. A bundle that is not in a catalog need not have one.
 *
 * @returns the discrepancies
 * @throws the system's error
 */
export function flawsBySums({ name, path, sha256, sums }: FoundBundle): string[] {
  const listed = sums === undefined ? undefined : readSums(sums, name);
  const expected = sha256 ?? listed;
  const flaws: string[] = [];
  if (expected !== undefined && sha256File(path).sha256 !== expected)
    flaws.push('its SHA-256 is not what was written down when it was made');
  if (sums === undefined && sha256 !== undefined) flaws.push('its .sha256 file is missing');
  if (sums !== undefined && listed === undefined)
    flaws.push('its .sha256 file is no line of sha256sum for it');
  else if (sums !== undefined && listed !== expected)
    flaws.push('its .sha256 file does not say what the catalog says');
  return flaws;
}

/**
 * @returns the digest in lower-case hex; undefined unless the file is a single line for the bundle
 */
function readSums(sums: string, name: string): string | undefined {
  if (statSync(sums).size > MAX_SUMS) return undefined;
  const [, digest, file] = LINE.exec(readFileSync(sums, 'utf8')) ?? [];
  return file === name ? digest : undefined;
}
