import { type Dirent, existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keptName, MIN_PARTIAL, readFacts, removePartial, sidecarOf } from './partial-file.ts';

/** Maximum number of partial bodies kept between runs. */
export const MAX_PARTIALS = 64;
/** Maximum total size of these, in bytes. */
const MAX_PARTIAL_BYTES = 4 * 2 ** 30;
/** Maximum time since the last write to one, in ms. */
export const OLDEST_PARTIAL_MS = 7 * 24 * 60 * 60 * 1000;
/** Matches every file name that we use in this directory. */
const OURS =
  /^[0-9a-f]{64}\.(tmp-[0-9a-z]+-[0-9a-z]+-[0-9a-z]+\.)?partial(\.json(\.tmp-[0-9a-z-]+\.partial)?)?$/;
const DATA = /^([0-9a-f]{64})\.(tmp-[0-9a-z]+-[0-9a-z]+-[0-9a-z]+\.)?partial$/;

interface Candidate {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Removes unusable partial bodies of earlier runs, and renames the others to the names by which
 * lanes find them. The caller holds the mirror's lock. Files that are not ours are left alone.
 */
export function sweepPartials(directory: string, now: number = Date.now()): void {
  if (!existsSync(directory)) return;
  const ours = readdirSync(directory, { withFileTypes: true }).filter(isOurs);
  const useful = new Set<string>();
  let count = 0;
  let bytes = 0;
  for (const candidate of ours.flatMap((entry) => candidateOf(directory, entry, now)).sort(newestFirst)) {
    const { sha256, size } = candidate;
    const isWanted = count < MAX_PARTIALS && bytes + size <= MAX_PARTIAL_BYTES;
    if (!isWanted || useful.has(keptName(sha256))) continue;
    keep(directory, candidate);
    useful.add(keptName(sha256)).add(sidecarOf(keptName(sha256)));
    count += 1;
    bytes += size;
  }
  for (const { name } of readdirSync(directory, { withFileTypes: true }).filter(isOurs))
    if (!useful.has(name)) removePartial(join(directory, name));
}

function isOurs(entry: Dirent): boolean {
  return entry.isFile() && OURS.test(entry.name);
}

function candidateOf(directory: string, { name }: Dirent, now: number): Candidate[] {
  const [, sha256] = DATA.exec(name) ?? [];
  const path = join(directory, name);
  const facts = sha256 === undefined ? undefined : readFacts(path);
  if (sha256 === undefined || facts?.sha256 !== sha256) return [];
  const { size, mtimeMs } = statSync(path);
  const isUseful = size >= MIN_PARTIAL && size < facts.length && now - mtimeMs <= OLDEST_PARTIAL_MS;
  return isUseful ? [{ path, sha256, size, mtimeMs }] : [];
}

function newestFirst(a: Candidate, b: Candidate): number {
  return b.mtimeMs - a.mtimeMs;
}

function keep(directory: string, { path, sha256 }: Candidate): void {
  const kept = join(directory, keptName(sha256));
  if (path === kept) return;
  // Rename the data last: a partial body without its sidecar is removed.
  renameSync(sidecarOf(path), sidecarOf(kept));
  renameSync(path, kept);
}
