/**
 * Peer: the versions that some crates could need, found in the obvious way: each line parsed, each
 * requirement matched against each version. Arguments: index, file of names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';
import { meets, parseRequirement, parseVersion } from '@crates-mirror/semver';

interface Line {
  readonly name: string;
  readonly vers: string;
  readonly yanked: boolean;
  readonly deps: readonly {
    readonly name: string;
    readonly package?: string | null;
    readonly req: string;
    readonly kind?: string | null;
    readonly registry?: string | null;
  }[];
}

const [index = '', names = ''] = process.argv.slice(2);
const crates = new Map<string, readonly Line[]>();
const needed = new Set<string>();
const queue: Line[] = [];

function linesOf(name: string): readonly Line[] {
  const path = indexPath(name);
  const known = crates.get(path);
  if (known !== undefined) return known;
  const file = join(index, path);
  const texts = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const lines = texts.filter((text) => text !== '').map((text) => JSON.parse(text) as Line);
  const usable = lines.filter(({ yanked }) => !yanked);
  crates.set(path, usable);
  return usable;
}

function take(line: Line): void {
  const key = `${line.name} ${line.vers}`;
  if (needed.has(key)) return;
  needed.add(key);
  queue.push(line);
}

for (const name of readFileSync(names, 'utf8').split('\n')) if (name !== '') linesOf(name).forEach(take);
for (let line = queue.pop(); line !== undefined; line = queue.pop())
  for (const dependency of line.deps) {
    if (dependency.kind === 'dev' || typeof dependency.registry === 'string') continue;
    const wanted = parseRequirement(dependency.req);
    if (wanted === undefined) continue;
    for (const one of linesOf(dependency.package ?? dependency.name))
      if (meets(parseVersion(one.vers), wanted)) take(one);
  }
process.stdout.write(`${needed.size}\n`);
