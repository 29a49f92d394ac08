/** Peer: reads every file of an index and parses every line. Argument: index. */
import { readFileSync } from 'node:fs';
import { indexFiles } from './index-files.ts';

const [index = ''] = process.argv.slice(2);
let count = 0;
for (const file of indexFiles(index)) {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const { name, vers, cksum } = JSON.parse(line);
    if (name && vers && cksum) count += 1;
  }
}
process.stdout.write(`${count}\n`);
