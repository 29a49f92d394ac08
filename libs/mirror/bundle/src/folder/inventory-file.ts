import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';

const FILE_NAME = 'holdings.json';
const FORMAT_VERSION = 1;

/** The state of a bundle when its bytes were last checked. */
export interface CheckedBundle extends Partial<CheckedManifest> {
  readonly path: string;
  readonly size: number;
  readonly mtime_ms: number;
  readonly sha256: string;
}

/** The same for its manifest. Absent if it does not match the catalog or was never checked. */
export interface CheckedManifest {
  readonly manifest_size: number;
  readonly manifest_mtime_ms: number;
}

/** The contents of a folder of bundles, stored in the directory of its member ledger. */
export interface InventoryFile {
  readonly bundles: Readonly<Record<string, CheckedBundle>>;
  /** The unfinished bundle, whose members are also in the ledger. */
  readonly open: string | null;
  /** {@link ledgerChecksum}; null while a run adds to the ledger, undefined in older files. */
  readonly members_crc32?: string | null;
}

/** @returns undefined if the file, which is a cache, is missing, damaged or of another version */
export function readInventory(ledgerDirectory: string): InventoryFile | undefined {
  try {
    const text = readFileSync(join(ledgerDirectory, FILE_NAME), 'utf8');
    const value = JSON.parse(text) as InventoryFile & { readonly format_version: number };
    return value.format_version === FORMAT_VERSION &&
      typeof value.bundles === 'object' &&
      value.bundles !== null
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file. It is on disk when this returns. */
export function writeInventory(
  ledgerDirectory: string,
  temporaryDirectory: string,
  inventory: InventoryFile,
): void {
  const text = JSON.stringify({ format_version: FORMAT_VERSION, ...inventory });
  writeFileAtomic(join(ledgerDirectory, FILE_NAME), `${text}\n`, { temporaryDirectory, durable: true });
}

/**
 * CRC-32 over names, sizes and contents of the ledger's files, used to detect damage. For two
 * million members it takes 0.1 s, or 0.6 s if they must be read from disk, which a run over
 * everything does anyway.
 *
 * @returns eight hex digits; null if a file cannot be read
 */
export async function ledgerChecksum(ledgerDirectory: string): Promise<string | null> {
  let checksum = 0;
  for (const name of readdirSync(ledgerDirectory).sort()) {
    if (name === FILE_NAME) continue;
    // Yields so that the lock's heartbeat continues on a slow disk.
    await nextTurn();
    try {
      const bytes = readFileSync(join(ledgerDirectory, name));
      checksum = crc32(bytes, crc32(`${name} ${bytes.length}\n`, checksum));
    } catch {
      return null;
    }
  }
  return checksum.toString(16).padStart(8, '0');
}
