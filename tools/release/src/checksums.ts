import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Signer } from '@crates-mirror/signing';

export const SUMS = 'SHA256SUMS';

/** Writes `SHA256SUMS` in the format of `sha256sum -c`. */
export async function writeSums(out: string, names: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const name of [...names].sort()) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(out, name)), hash);
    lines.push(`${hash.digest('hex')}  ${name}\n`);
  }
  writeFileSync(join(out, SUMS), lines.join(''));
}

/** Signs `SHA256SUMS` for `gpg --verify`. @returns the signature's file name */
export async function signSums(out: string, signer: Signer): Promise<string> {
  writeFileSync(join(out, `${SUMS}.asc`), await signer.signFile(join(out, SUMS)));
  return `${SUMS}.asc`;
}
