import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ground, realIndex, type Scenario } from './scenario.ts';

/** A sidecar for every version of a real index, compared to a loop that writes the same bytes. */
export async function sidecars(ground: Ground): Promise<Scenario> {
  const { directory, repository } = ground;
  const argv = [...generator(ground), '--include-yanked', '--out'];
  const [command, ...rest] = argv as [string, ...string[]];
  execFileSync(command, [...rest, join(directory, 'model')], { stdio: 'ignore' });
  const count = packTree(join(directory, 'model'), join(directory, 'pack'));
  rmSync(join(directory, 'model'), { recursive: true });
  const ours = join(directory, 'ours');
  const theirs = join(directory, 'theirs');
  const expectAll = (out: string): void => {
    const found = readdirSync(out, { recursive: true }).filter((path) =>
      String(path).endsWith('.crate.json'),
    );
    if (found.length !== count) throw new Error(`${found.length} sidecars instead of ${count}`);
  };
  const loop = join(repository, 'tools/bench/src/peers/write-files.ts');
  return {
    title: 'sidecars: a file for every version of the index',
    contenders: [
      {
        name: 'sidecar-generator',
        command: { argv: [...argv, ours], cwd: directory },
        prepare: () => rmSync(ours, { recursive: true, force: true }),
        check: () => expectAll(ours),
      },
      {
        name: 'writeFileSync loop',
        command: { argv: [process.execPath, loop, join(directory, 'pack'), theirs], cwd: directory },
        prepare: () => rmSync(theirs, { recursive: true, force: true }),
        check: () => expectAll(theirs),
      },
    ],
  };
}

/**
 * All of them as one stream, compared to a loop over the index with JSON.parse and JSON.stringify,
 * and to cat.
 */
export async function sidecarsJsonl(ground: Ground): Promise<Scenario> {
  const { directory, repository } = ground;
  const index = realIndex(ground);
  const argv = [
    ...generator(ground),
    '--include-yanked',
    '--output-mode',
    'jsonl',
    '--jsonl-out',
    'ours.jsonl',
  ];
  const loop = join(repository, 'tools/bench/src/peers/index-loop.ts');
  const cat = 'find "$0" -name .git -prune -o -type f -print0 | xargs -0 cat > cat.jsonl';
  return {
    title: 'sidecars-jsonl: every version of the index as one stream of lines',
    contenders: [
      { name: 'sidecar-generator', command: { argv, cwd: directory } },
      {
        name: 'JSON.parse loop',
        command: { argv: [process.execPath, loop, index, 'loop.jsonl'], cwd: directory },
      },
      { name: 'find | xargs cat', command: { argv: ['sh', '-c', cat, index], cwd: directory } },
    ],
  };
}

/** The compressed stream, compared to a pipe to zstd with two threads. */
export async function sidecarsZst(ground: Ground): Promise<Scenario> {
  const { directory } = ground;
  const argv = [...generator(ground), '--include-yanked', '--output-mode', 'jsonl', '--jsonl-out'];
  const pipe = '"$0" "$@" 2>summary | zstd -q -f -T2 -o theirs.jsonl.zst';
  const expectWhole = (name: string): void => {
    execFileSync('zstd', ['-tq', join(directory, name)]);
  };
  return {
    title: 'sidecars-zst: every version of the index as one compressed stream',
    contenders: [
      {
        name: 'sidecar-generator --jsonl-out x.zst',
        command: { argv: [...argv, 'ours.jsonl.zst'], cwd: directory },
        check: () => expectWhole('ours.jsonl.zst'),
      },
      {
        name: 'sidecar-generator | zstd -T2',
        command: { argv: ['sh', '-c', pipe, ...argv, '-'], cwd: directory },
        check: () => expectWhole('theirs.jsonl.zst'),
      },
    ],
  };
}

function generator(ground: Ground): string[] {
  const main = ground.programOf('sidecar-generator');
  return [process.execPath, main, '--index-dir', realIndex(ground)];
}

/** @returns number of files packed */
function packTree(root: string, pack: string): number {
  const sizes: [string, number][] = [];
  writeFileSync(pack, '');
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (!entry.isFile() || !path.endsWith('.crate.json')) continue;
    const bytes = readFileSync(join(root, path));
    appendFileSync(pack, bytes);
    sizes.push([path, bytes.length]);
  }
  writeFileSync(`${pack}.json`, JSON.stringify(sizes));
  return sizes.length;
}
