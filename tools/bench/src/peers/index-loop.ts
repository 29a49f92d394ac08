/**
 * Peer: parses every line of an index and writes it again with three more fields. Arguments: index,
 * output.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { relative } from 'node:path';
import { indexFiles } from './index-files.ts';

const [index = '', output = ''] = process.argv.slice(2);
const out = openSync(output, 'w');
for (const indexFile of indexFiles(index)) {
  const path = relative(index, indexFile);
  let text = '';
  for (const line of readFileSync(indexFile, 'utf8').split('\n')) {
    if (line === '') continue;
    const sidecar = JSON.parse(line);
    const file = `${sidecar.name}-${sidecar.vers}.crate`;
    sidecar.crate_file = `${path.slice(0, path.lastIndexOf('/'))}/${file}`;
    sidecar.crate_url = `https://static.crates.io/crates/${sidecar.name}/${file}`;
    sidecar.index_path = path;
    text += `${JSON.stringify(sidecar)}\n`;
  }
  writeSync(out, text);
}
closeSync(out);
