/**
 * Peer: the digests of archive-hasher, in the same implementations, one after the other on one
 * thread. Arguments: the directory, the file for the digests of all contents.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALGORITHM_NAMES, createDigest } from '@crates-mirror/hashing';

const [directory = '', output = ''] = process.argv.slice(2);
const ofAll = await Promise.all(ALGORITHM_NAMES.map((name) => createDigest(name)));
const ofEach = await Promise.all(['sha256' as const, 'blake3' as const].map((name) => createDigest(name)));
let lines = '';

function hashTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) hashTree(below);
    else hashFile(below);
  }
}

function hashFile(path: string): void {
  const content = readFileSync(path);
  for (const digest of ofAll) digest.update(content);
  for (const digest of ofEach) {
    digest.update(content);
    lines += `${Buffer.from(digest.take()).toString('hex')}  ${path}\n`;
  }
}

hashTree(directory);
writeFileSync(`${output}.sums`, lines);
const digests = ALGORITHM_NAMES.map((name, i) => [name, Buffer.from(ofAll[i]?.take() ?? []).toString('hex')]);
writeFileSync(output, JSON.stringify(Object.fromEntries(digests)));
