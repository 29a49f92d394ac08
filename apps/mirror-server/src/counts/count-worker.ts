import { lstatSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { isAbsence, MemberTable } from '@crates-mirror/crate-files';
import { type Entry, type IndexSource, openIndex, walkIndex } from '@crates-mirror/crates-index';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedTable } from '@crates-mirror/manifest';
import { type Selector, selectorOf } from '@crates-mirror/selection/selector';
import { usableLines } from '@crates-mirror/sparse-index';
import { Arrivals } from './arrivals.ts';
import type { CountedArrivals, CountedPiece, CountingTask } from './counts.ts';

const FILES_PER_PIECE = 500;

/** Limit for damaged files that are checked individually. If there are more, a disk has failed. */
const MAX_DAMAGED = 1000;
/**
 * Limit for files that are hashed because their mtime has changed. In a copy of a mirror, all
 * mtimes may have changed.
 */
const MAX_TOUCHED = 1000;

const { indexDir, mirror, bundled, bundleTimes, lost, damaged, selection } = workerData as CountingTask;
const root = mirror?.root ?? '';
const layout = mirror === undefined ? undefined : parseLayout(mirror.layout);
const members = bundled === undefined ? undefined : new MemberTable(bundled);
const lostMembers = lost === undefined ? undefined : new MemberTable(lost);
const knownDamage = new Set(damaged);
const arrivals = new Arrivals(Date.now());
let damagedCount = 0;
let touchedCount = 0;
let shard = '';
let ledger = new VerifiedTable();

void countAll();

interface Reading {
  readonly index: IndexSource;
  readonly select: Selector['select'];
  readonly maxSizeOf: Selector['maxSizeOf'] | undefined;
}

async function countAll(): Promise<void> {
  const { select, maxSizeOf } = await selectorOf(selection);
  const index = await openIndex(indexDir);
  for (const batch of walkIndex(index, FILES_PER_PIECE, () => {})) {
    if (batch.shard !== shard) ledger = readLedger(batch.shard);
    shard = batch.shard;
    parentPort?.postMessage(count(batch.files, { index, select, maxSizeOf }));
  }
  parentPort?.postMessage({ arrivals: arrivals.list() } satisfies CountedArrivals);
}

function count(files: readonly string[], reading: Reading): CountedPiece {
  const piece = { versions: 0, bytes: 0, lost: 0, unlisted: 0, names: '', toExamine: [] as string[] };
  for (const file of files) {
    let name: string | undefined;
    for (const entry of entriesOf(file, reading)) {
      const size = sizeOf(entry, piece);
      if (size === undefined || size > (reading.maxSizeOf?.(file, entry.version) ?? size)) continue;
      name = entry.name;
      piece.versions += 1;
      piece.bytes += size;
    }
    if (name !== undefined) piece.names += `${name}\n`;
  }
  return piece;
}

function entriesOf(file: string, { index, select }: Reading): readonly Entry[] {
  try {
    const content = index.read(file);
    const { entries } = usableLines(content, file);
    return select({ path: file, content, entries });
  } catch {
    // Removed since it was listed.
    return [];
  }
}

interface Findings {
  lost: number;
  unlisted: number;
  readonly toExamine: string[];
}

/**
 * @returns bytes; undefined if the file is not held. A file without a ledger entry is assumed to
 * match its name, because hashing all files would take hours.
 */
function sizeOf({ name, version, cksum }: Entry, findings: Findings): number | undefined {
  const isDamaged = knownDamage.has(cksum);
  const member = isDamaged ? undefined : members?.find(cksum);
  if (member !== undefined) {
    arrivals.add(name, version, bundleTimes[member.bundle] ?? 0, member.offset);
    return member.size;
  }
  const path = layout?.pathOf({ name, version, sha256: cksum });
  const stats = path === undefined ? undefined : statsOf(path);
  if (isDamaged || stats === 'unreadable') return undefined;
  if (stats === undefined || path === undefined) {
    const isLost = path !== undefined && ledger.hasVerified(path, cksum);
    if (isLost || lostMembers?.find(cksum) !== undefined) findings.lost += 1;
    return undefined;
  }
  const known = stats.isFile() ? ledger.check(path, stats.size, stats.mtimeMs, cksum) : 'resized';
  if (known === 'resized') noteDamaged(name, findings);
  else if (known === 'unknown' && ledger.hasVerified(path, cksum) && touchedCount++ < MAX_TOUCHED)
    findings.toExamine.push(name);
  if (known !== 'is-it' && known !== 'unknown') return undefined;
  arrivals.add(name, version, stats.mtimeMs, 0);
  return stats.size;
}

/** @returns undefined if nothing is there */
function statsOf(path: string): Stats | 'unreadable' | undefined {
  try {
    return lstatSync(join(root, path), { throwIfNoEntry: false });
  } catch (error) {
    return isAbsence(error) ? undefined : 'unreadable';
  }
}

function noteDamaged(name: string, findings: Findings): void {
  damagedCount += 1;
  if (damagedCount > MAX_DAMAGED) findings.unlisted += 1;
  else findings.toExamine.push(name);
}

function readLedger(name: string): VerifiedTable {
  const table = new VerifiedTable();
  if (mirror === undefined) return table;
  try {
    table.read(readFileSync(join(mirrorHome(mirror.root).ledgerDirectory, name)));
  } catch {
    // Nothing in this shard was verified, or no ledger records it.
  }
  return table;
}
