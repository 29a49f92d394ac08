import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPath, isCrateName } from '@crates-mirror/crates-index';
import { indexFiles } from './peers/index-files.ts';

interface Line {
  name: string;
  deps: { name: string; package?: string | null }[];
}

/**
 * Writes an index that is several times as large: the index itself, and further copies of it, in
 * which crates have other names and depend on crates of the same copy.
 *
 * @param copies in total
 */
export function writeCopies(index: string, to: string, copies: number): void {
  for (const file of indexFiles(index)) {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const parsed = lines.map((line) => JSON.parse(line) as Line);
    const name = parsed[0]?.name;
    if (name === undefined) continue;
    for (let copy = 0; copy < copies; copy++) {
      if (!isCrateName(nameIn(copy, name))) continue;
      const target = join(to, indexPath(nameIn(copy, name)));
      mkdirSync(dirname(target), { recursive: true });
      const texts = copy === 0 ? lines : parsed.map((line) => JSON.stringify(lineIn(copy, line)));
      writeFileSync(target, texts.map((text) => `${text}\n`).join(''));
    }
  }
  writeFileSync(join(to, 'config.json'), '{"dl":"https://upstream.invalid/crates"}\n');
}

/** crates.io has no names with such an end. */
function nameIn(copy: number, name: string): string {
  return copy === 0 ? name : `${name}_x${copy}`;
}

function lineIn(copy: number, line: Line): Line {
  const deps = line.deps.map((one) =>
    one.package == null
      ? { ...one, name: nameIn(copy, one.name) }
      : { ...one, package: nameIn(copy, one.package) },
  );
  return { ...line, name: nameIn(copy, line.name), deps };
}
