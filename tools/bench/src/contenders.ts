import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Ground } from './scenario.ts';
import type { Upstream } from './upstream.ts';

/** @param options further options, which its name then includes */
export function downloader(ground: Ground, upstream: Upstream, options: readonly string[] = []): Contender {
  const { programOf, directory } = ground;
  const { origin, caFile, index, count } = upstream;
  const main = programOf('downloader');
  const argv = [process.execPath, main, '--index-dir', index, '--crates-base-url', `${origin}/crates`];
  return {
    name: ['downloader', ...options].join(' '),
    command: {
      argv: [...argv, '--ca-file', caFile, '--include-yanked', '--out', 'out', ...options],
      cwd: directory,
    },
    prepare: () => clear(ground),
    check: () => expectCount(countCrates(join(directory, 'out')), count),
  };
}

/** @param options further options */
export function curl(ground: Ground, upstream: Upstream, options: readonly string[] = []): Contender {
  const { directory } = ground;
  const { origin, caFile, count } = upstream;
  const flat = join(directory, 'curl');
  const list = join(directory, 'curl.cfg');
  writeFileSync(list, curlConfiguration(join(directory, 'www'), origin, flat));
  const parallel = ['-Z', '--parallel-max', '128'];
  return {
    name: ['curl', ...parallel].join(' '),
    command: {
      argv: ['curl', '-sS', ...parallel, '--http2', '--cacert', caFile, ...options, '-K', list],
      cwd: directory,
    },
    prepare: () => {
      clear(ground);
      mkdirSync(flat);
    },
    check: () => expectCount(readdirSync(flat).length, count),
  };
}

/**
 * curl, and then by hand what a mirror needs besides: every checksum compared, everything on disk,
 * and the final name only after that.
 */
export function curlVerified(ground: Ground, upstream: Upstream, options: readonly string[] = []): Contender {
  const { directory } = ground;
  const fetch = curl(ground, upstream, options);
  const www = join(directory, 'www');
  const sums = join(directory, 'curl.sha256');
  const listed = 'find crates -name "*.crate" -exec sha256sum {} +';
  execFileSync('sh', ['-c', `${listed} | sed "s|  .*/|  |" >"$1"`, 'sh', sums], { cwd: www });
  const verify = `"$@" && cd curl && sha256sum --check --quiet ${sums} && sync -f . && mv ../curl ../verified`;
  return {
    name: `${fetch.name}, sha256sum, sync, mv`,
    command: { argv: ['sh', '-c', verify, 'sh', ...fetch.command.argv], cwd: directory },
    prepare: () => fetch.prepare?.(),
    check: () => expectCount(readdirSync(join(directory, 'verified')).length, upstream.count),
  };
}

/**
 * Clears the files of every contender: writing takes half as long again while memory is full of
 * another's files.
 */
function clear({ directory }: Ground): void {
  for (const left of ['out', 'manifest.jsonl', 'curl', 'verified'])
    rmSync(join(directory, left), { recursive: true, force: true });
}

function countCrates(root: string): number {
  return readdirSync(root, { recursive: true }).filter((path) => String(path).endsWith('.crate')).length;
}

function expectCount(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} files instead of ${expected}`);
}

function curlConfiguration(www: string, origin: string, flat: string): string {
  return readdirSync(join(www, 'crates'), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.crate'))
    .map(
      (path) =>
        `url = "${origin}/crates/${path.replaceAll('+', '%2B')}"\noutput = "${flat}/${path.split('/').at(-1)}"\n`,
    )
    .join('');
}
