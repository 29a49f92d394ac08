import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCopies } from './index-copies.ts';
import { indexFiles } from './peers/index-files.ts';
import { type Contender, type Ground, realIndex, type Scenario } from './scenario.ts';

const NAMES = 100;

/** An index of two million lines is that of 2019 eleven times. */
const COPIES = 11;

/**
 * The dependencies of 100 popular crates, compared to a plain resolver, and to a loop that only
 * parses the index.
 */
export async function closure(ground: Ground): Promise<Scenario> {
  const index = realIndex(ground);
  const names = writeNames(ground, index);
  return {
    title: 'closure: all that 100 popular crates could depend on',
    contenders: [
      ours(ground, '--names --deps', index, ['--names', names, '--deps']),
      peer(ground, 'plain resolver', 'closure-loop', index, names),
      peer(ground, 'JSON.parse loop', 'parse-loop', index),
    ],
  };
}

/**
 * The same in an index of two million lines, and the dependencies of the newest versions of all its
 * crates.
 */
export async function closureLarge(ground: Ground): Promise<readonly Scenario[]> {
  const names = writeNames(ground, realIndex(ground));
  const index = join(ground.directory, 'large');
  writeCopies(realIndex(ground), index, COPIES);
  return [
    {
      title: 'closure-large: all that 100 popular crates could depend on, in two million lines',
      contenders: [
        ours(ground, '--names --deps', index, ['--names', names, '--deps']),
        peer(ground, 'plain resolver', 'closure-loop', index, names),
      ],
    },
    {
      title: 'closure-all: the newest version of each crate in two million lines, with dependencies',
      row: 'closure-all',
      isWarm: true,
      contenders: [
        ours(ground, '--latest 1 --deps', index, ['--latest', '1', '--deps']),
        peer(ground, 'JSON.parse loop', 'parse-loop', index),
      ],
    },
  ];
}

function ours(
  { directory, programOf }: Ground,
  name: string,
  index: string,
  rules: readonly string[],
): Contender {
  const dryRun = ['--dry-run', '--size-sample', '0', '--out', 'out'];
  return {
    name: `downloader ${name} --dry-run`,
    command: {
      argv: [process.execPath, programOf('downloader'), '--index-dir', index, ...rules, ...dryRun],
      cwd: directory,
    },
  };
}

function peer({ directory, repository }: Ground, name: string, module: string, ...args: string[]): Contender {
  const program = join(repository, `tools/bench/src/peers/${module}.ts`);
  return { name, command: { argv: [process.execPath, program, ...args], cwd: directory } };
}

/** @returns the path of a list of popular crates */
function writeNames({ directory }: Ground, index: string): string {
  const names = join(directory, 'names');
  writeFileSync(names, `${popularNames(index).join('\n')}\n`);
  return names;
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
