import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { MemberTable } from '@crates-mirror/crate-files';
import { type Entry, walkIndex } from '@crates-mirror/crates-index';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedTable } from '@crates-mirror/manifest';
import { usableLines } from '@crates-mirror/sparse-index';
import type { CountedPiece, CountingTask } from './counts.ts';

const FILES_PER_PIECE = 500;

const { indexDir, mirror, bundled } = workerData as CountingTask;
const layout = mirror === undefined ? undefined : parseLayout(mirror.layout);
const members = bundled === undefined ? undefined : new MemberTable(bundled);
let shard = '';
let ledger = new VerifiedTable();

for (const batch of walkIndex(indexDir, FILES_PER_PIECE, () => {})) {
  if (batch.shard !== shard) ledger = readLedger(batch.shard);
  shard = batch.shard;
  parentPort?.postMessage(count(batch.files));
}

function count(files: readonly string[]): CountedPiece {
  let versions = 0;
  let bytes = 0;
  let names = '';
  for (const file of files) {
    let name: string | undefined;
    for (const entry of entriesOf(file)) {
      const size = sizeOf(entry);
      if (size === undefined) continue;
      name = entry.name;
      versions += 1;
      bytes += size;
    }
    if (name !== undefined) names += `${name}\n`;
  }
  return { versions, bytes, names };
}

function entriesOf(file: string): readonly Entry[] {
  try {
    return usableLines(readFileSync(join(indexDir, file)), file).entries;
  } catch {
    // Gone since it was listed.
    return [];
  }
}

/** bytes; undefined where it is not held. A file that no ledger knows counts as what it is named: hashing all would take hours. */
function sizeOf({ name, version, cksum }: Entry): number | undefined {
  const member = members?.find(cksum);
  if (member !== undefined) return member.size;
  if (mirror === undefined || layout === undefined) return undefined;
  const path = layout.pathOf({ name, version, sha256: cksum });
  const stats = lstatSync(join(mirror.root, path), { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  return ledger.check(path, stats.size, stats.mtimeMs, cksum) === 'is-another' ? undefined : stats.size;
}

function readLedger(name: string): VerifiedTable {
  const table = new VerifiedTable();
  if (mirror === undefined) return table;
  try {
    table.read(readFileSync(join(mirrorHome(mirror.root).ledgerDirectory, name)));
  } catch {
    // Nothing of this shard was verified, or by nobody who wrote it down.
  }
  return table;
}
