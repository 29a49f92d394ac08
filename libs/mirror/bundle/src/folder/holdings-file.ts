import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';

const FILE_NAME = 'holdings.json';
const FORMAT_VERSION = 1;

/** A bundle as it was when its bytes were last checked. */
export interface CheckedBundle extends Partial<CheckedManifest> {
  readonly path: string;
  readonly size: number;
  readonly mtime_ms: number;
  readonly sha256: string;
}

/** The same of its manifest; a bundle has none of it whose manifest is not the catalog's, or was never looked at. */
export interface CheckedManifest {
  readonly manifest_size: number;
  readonly manifest_mtime_ms: number;
}

/** What a folder of bundles was found to hold, in the directory of the member ledger that goes with it. */
export interface HoldingsFile {
  readonly bundles: Readonly<Record<string, CheckedBundle>>;
  /** The bundle under way, whose members the ledger has too. */
  readonly open: string | null;
  /** {@link ledgerChecksum}; null while a run adds to the ledger, undefined in files that are older than it. */
  readonly members_crc32?: string | null;
}

/** @returns undefined when the file is missing, damaged or of another version: it is a cache */
export function readHoldings(ledgerDirectory: string): HoldingsFile | undefined {
  try {
    const text = readFileSync(join(ledgerDirectory, FILE_NAME), 'utf8');
    const value = JSON.parse(text) as HoldingsFile & { readonly format_version: number };
    return value.format_version === FORMAT_VERSION &&
      typeof value.bundles === 'object' &&
      value.bundles !== null
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file; on disk when this returns. */
export function writeHoldings(
  ledgerDirectory: string,
  temporaryDirectory: string,
  holdings: HoldingsFile,
): void {
  const text = JSON.stringify({ format_version: FORMAT_VERSION, ...holdings });
  writeFileAtomic(join(ledgerDirectory, FILE_NAME), `${text}\n`, { temporaryDirectory, durable: true });
}

/**
 * CRC-32 over names, sizes and contents of the ledger's files, by which a damaged one is told: 0.1 s for two million members, 0.6 s
 * where they must be read from disk, as a run that looks at everything does anyway.
 *
 * @returns eight hex digits; null when a file cannot be read
 */
export async function ledgerChecksum(ledgerDirectory: string): Promise<string | null> {
  let checksum = 0;
  for (const name of readdirSync(ledgerDirectory).sort()) {
    if (name === FILE_NAME) continue;
    // A slow disk must not keep the lock from showing that somebody lives.
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
