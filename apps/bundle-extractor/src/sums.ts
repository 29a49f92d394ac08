import { readFileSync, statSync } from 'node:fs';
import { sha256File } from '@crates-mirror/hashing/sha256';
import type { FoundBundle } from './find-bundles.ts';

/** Bytes: two names of crates and a digest have some hundred. */
const MAX_SUMS = 4096;
/** As `sha256sum` writes it. */
const LINE = /^([0-9a-f]{64}) [ *]([^\n]+)\n?$/;

/**
 * What is wrong with a bundle by the SHA-256 that was written down when it was made: in the catalog, and in the `.sha256`
 * file that others than us go by. A bundle in no catalog need not have one.
 *
 * @throws the system's error
 */
export function flawsBySums({ name, path, sha256, sums }: FoundBundle): string[] {
  const told = sums === undefined ? undefined : readSums(sums, name);
  const expected = sha256 ?? told;
  const flaws: string[] = [];
  if (expected !== undefined && sha256File(path).sha256 !== expected)
    flaws.push('its SHA-256 is not what was written down when it was made');
  if (sums === undefined && sha256 !== undefined) flaws.push('its .sha256 file is missing');
  if (sums !== undefined && told === undefined) flaws.push('its .sha256 file is no line of sha256sum for it');
  else if (sums !== undefined && told !== expected)
    flaws.push('its .sha256 file does not say what the catalog says');
  return flaws;
}

/** @returns the digest, lower-case hex; undefined when the file is anything but one line for the bundle */
function readSums(sums: string, name: string): string | undefined {
  if (statSync(sums).size > MAX_SUMS) return undefined;
  const [, digest, file] = LINE.exec(readFileSync(sums, 'utf8')) ?? [];
  return file === name ? digest : undefined;
}
