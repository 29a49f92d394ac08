import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexFiles } from './peers/index-files.ts';
import { type Ground, realIndex, type Scenario } from './scenario.ts';

const NAMES = 100;

/**
 * The dependencies of 100 popular crates, compared to a plain resolver, and to a loop that only
 * parses the index.
 */
export async function closure(ground: Ground): Promise<Scenario> {
  const index = realIndex(ground);
  const { directory, repository } = ground;
  const names = join(directory, 'names');
  writeFileSync(names, `${popularNames(index).join('\n')}\n`);
  const main = join(repository, 'apps/downloader/src/main.js');
  const selecting = ['--names', names, '--deps', '--dry-run', '--size-sample', '0', '--out', 'out'];
  const peer = (name: string, ...args: string[]): string[] => [
    process.execPath,
    join(repository, `tools/bench/src/peers/${name}.ts`),
    ...args,
  ];
  return {
    title: 'closure: all that 100 popular crates could depend on',
    contenders: [
      {
        name: 'downloader --names --deps --dry-run',
        command: { argv: [process.execPath, main, '--index-dir', index, ...selecting], cwd: directory },
      },
      { name: 'plain resolver', command: { argv: peer('closure-loop', index, names), cwd: directory } },
      { name: 'JSON.parse loop', command: { argv: peer('parse-loop', index), cwd: directory } },
    ],
  };
}

/** The crates that the newest versions of most crates depend on. */
function popularNames(index: string): string[] {
  const dependents = new Map<string, number>();
  for (const file of indexFiles(index)) {
    const newest = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    if (!newest.startsWith('{')) continue;
    const { deps } = JSON.parse(newest) as { deps: { name: string; package?: string | null }[] };
    for (const name of new Set(deps.map((one) => one.package ?? one.name)))
      dependents.set(name, (dependents.get(name) ?? 0) + 1);
  }
  return [...dependents]
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMES)
    .map(([name]) => name);
}
