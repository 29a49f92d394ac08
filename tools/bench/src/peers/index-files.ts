import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the index files below `index`, which may be a clone: git's own files are excluded. */
export function* indexFiles(index: string): Generator<string> {
  for (const top of readdirSync(index, { withFileTypes: true })) {
    if (!top.isDirectory() || top.name === '.git') continue;
    const directory = join(index, top.name);
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) yield join(entry.parentPath, entry.name);
  }
}
