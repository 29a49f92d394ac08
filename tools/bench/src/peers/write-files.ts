/**
 * Peer: writes packed files with writeFileSync, one after the other. Arguments: the pack, the
 * directory.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [pack = '', out = ''] = process.argv.slice(2);
const sizes = JSON.parse(readFileSync(`${pack}.json`, 'utf8')) as [string, number][];
const bytes = readFileSync(pack);
const made = new Set<string>();
let offset = 0;
for (const [path, size] of sizes) {
  const directory = dirname(join(out, path));
  if (!made.has(directory)) mkdirSync(directory, { recursive: true });
  made.add(directory);
  writeFileSync(join(out, path), bytes.subarray(offset, offset + size));
  offset += size;
}
