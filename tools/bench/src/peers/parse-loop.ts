/** Peer: reads every file of an index and parses every line of it. Argument: index. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [index = ''] = process.argv.slice(2);
let count = 0;
for (const entry of readdirSync(index, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === 'config.json') continue;
  for (const line of readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n')) {
    if (line === '') continue;
    const { name, vers, cksum } = JSON.parse(line);
    if (name && vers && cksum) count += 1;
  }
}
process.stdout.write(`${count}\n`);
