import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Nginx, rewriteIndex, sizeProfile, startNginx } from '@crates-mirror/sample-registry';
import { measure } from './measure.ts';
import { type Contender, type Ground, realIndex, type Scenario } from './scenario.ts';

interface Upstream {
  readonly nginx: Nginx;
  readonly index: string;
  readonly count: number;
}

/** 20,000 crate files with the sizes of crates.io's, 650 MB in all. */
export async function download(ground: Ground): Promise<Scenario> {
  return againstCurl('download: 20,000 crate files, median 14 kB', ground, await crates(ground, 20_000));
}

/** Three times as many, 2 GB: what a start costs counts for less. */
export async function downloadLong(ground: Ground): Promise<Scenario> {
  return againstCurl('download-long: 60,000 crate files, median 14 kB', ground, await crates(ground, 60_000));
}

/** The same for another comparison: the downloader writing them as loose files. */
export async function sampleOfCrates(ground: Ground): Promise<{ loose: Contender; count: number }> {
  const { nginx, index, count } = await crates(ground, 20_000);
  return { loose: downloader(ground, nginx, index, count), count };
}

async function crates(ground: Ground, count: number): Promise<Upstream> {
  const from = join(ground.directory, 'plain');
  for (let i = 0; i < count; i++) writePlainEntry(from, spreadName(i));
  return makeUpstream(ground, from, 14_000);
}

/** Every version of a real index with tiny bodies: the cost of a file. */
export async function tiny(ground: Ground): Promise<Scenario> {
  return againstCurl(
    'tiny: every version of the index, median 500 B',
    ground,
    await makeUpstream(ground, realIndex(ground), 500),
  );
}

/** What being looked at costs: metrics scraped once a second, as nobody would do for long. */
export async function watched(ground: Ground): Promise<Scenario> {
  const { nginx, index, count } = await makeUpstream(ground, realIndex(ground), 500);
  const loose = downloader(ground, nginx, index, count);
  // Whoever watches wants a total, as whoever sees progress does: what counting the index costs is not what is asked here.
  const argv = [...loose.command.argv, '--progress-interval', '1h'];
  const ours = { ...loose, command: { ...loose.command, argv } };
  const port = await freePort();
  let scraping: NodeJS.Timeout | undefined;
  ground.after(() => clearInterval(scraping));
  return {
    title: 'watched: tiny with --listen, metrics scraped every second; both with progress',
    contenders: [
      {
        name: 'downloader --listen',
        command: { ...ours.command, argv: [...ours.command.argv, '--listen', `:${port}`] },
        prepare: () => {
          ours.prepare?.();
          scraping = setInterval(() => void scrape(port), SCRAPE_EVERY_MS);
        },
        check: () => {
          clearInterval(scraping);
          ours.check?.();
        },
      },
      ours,
    ],
  };
}

const SCRAPE_EVERY_MS = 1000;

async function scrape(port: number): Promise<void> {
  // Before the run listens, and after it has ended, there is nobody.
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  await response?.arrayBuffer();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A rerun over a complete mirror. */
export async function rerun(ground: Ground): Promise<Scenario> {
  const { nginx, index } = await makeUpstream(ground, realIndex(ground), 500);
  const ours = downloader(ground, nginx, index);
  const out = join(ground.directory, 'out');
  // A complete mirror that a run has gone through before, as it is with every night's but the first two.
  for (let run = 0; run < 2; run++) await measure(ours.command);
  return {
    title: 'rerun: nothing to do over every version of the index',
    contenders: [
      {
        name: 'downloader',
        command: ours.command,
        prepare: () => rmSync(join(ground.directory, 'manifest.jsonl'), { force: true }),
      },
      {
        name: 'find -size +0',
        command: { argv: ['find', out, '-type', 'f', '-size', '+0'], cwd: ground.directory },
      },
    ],
  };
}

/** The way from index to targets, and what is in place of them: nothing. */
export async function targets(ground: Ground): Promise<Scenario> {
  const index = realIndex(ground);
  const { directory, repository } = ground;
  const main = join(repository, 'apps/downloader/src/main.js');
  const argv = [
    process.execPath,
    main,
    '--index-dir',
    index,
    '--include-yanked',
    '--out',
    'out',
    '--dry-run',
  ];
  const loop = join(repository, 'tools/bench/src/peers/parse-loop.ts');
  return {
    title: 'targets: what there is to download, from the index alone',
    contenders: [
      { name: 'downloader --dry-run', command: { argv, cwd: directory } },
      { name: 'JSON.parse loop', command: { argv: [process.execPath, loop, index], cwd: directory } },
    ],
  };
}

async function makeUpstream(ground: Ground, from: string, median: number): Promise<Upstream> {
  const www = join(ground.directory, 'www');
  const index = join(ground.directory, 'index');
  mkdirSync(index);
  const made = new Set<string>();
  const onBody = (name: string, version: string, body: Buffer): void => {
    const directory = join(www, 'crates', name);
    if (!made.has(name)) mkdirSync(directory, { recursive: true });
    made.add(name);
    writeFileSync(join(directory, `${name}-${version}.crate`), body);
  };
  const { versions } = rewriteIndex({ from, to: index, profile: sizeProfile(median), dl: '', onBody });
  const nginx = await startNginx({
    home: join(ground.directory, 'nginx'),
    root: www,
    keepaliveRequests: 10_000_000,
  });
  ground.after(() => nginx.stop());
  return { nginx, index, count: versions };
}

/** A directory of the mirrored index of 2019 has so many crate files. */
const FILES_PER_DIRECTORY = 18;

/** Names that spread over the directories of an index as real ones do. */
export function spreadName(i: number): string {
  const letter = (n: number): string => String.fromCharCode(97 + (n % 26));
  const directory = Math.floor(i / FILES_PER_DIRECTORY);
  return `${letter(directory)}${letter(directory * 7 + 3)}${letter(directory / 26)}${letter(directory / 676)}-${i}`;
}

function writePlainEntry(index: string, name: string): void {
  const path = join(index, name.slice(0, 2), name.slice(2, 4), name);
  mkdirSync(dirname(path), { recursive: true });
  const entry = { name, vers: '1.0.0', deps: [], cksum: '0'.repeat(64), features: {}, yanked: false };
  writeFileSync(path, `${JSON.stringify(entry)}\n`);
}

function againstCurl(title: string, ground: Ground, { nginx, index, count }: Upstream): Scenario {
  const flat = join(ground.directory, 'curl');
  const list = join(ground.directory, 'curl.cfg');
  writeFileSync(list, curlConfiguration(join(ground.directory, 'www'), nginx.origin, flat));
  const curl = [
    'curl',
    '-sS',
    '-Z',
    '--parallel-max',
    '128',
    '--http2',
    '--cacert',
    nginx.caFile,
    '-K',
    list,
  ];
  return {
    title,
    contenders: [
      downloader(ground, nginx, index, count),
      {
        name: 'curl -Z --parallel-max 128',
        command: { argv: curl, cwd: ground.directory },
        prepare: () => {
          clear(ground);
          mkdirSync(flat);
        },
        check: () => expectCount(readdirSync(flat).length, count),
      },
    ],
  };
}

function downloader(ground: Ground, nginx: Nginx, index: string, count?: number): Contender {
  const { repository, directory } = ground;
  const main = join(repository, 'apps/downloader/src/main.js');
  const argv = [process.execPath, main, '--index-dir', index, '--crates-base-url', `${nginx.origin}/crates`];
  return {
    name: 'downloader',
    command: {
      argv: [...argv, '--ca-file', nginx.caFile, '--include-yanked', '--out', 'out'],
      cwd: directory,
    },
    prepare: () => clear(ground),
    ...(count === undefined ? {} : { check: () => expectCount(countCrates(join(directory, 'out')), count) }),
  };
}

/** Of every contender: whoever writes into memory that is full of the other's files takes half as long again. */
function clear({ directory }: Ground): void {
  for (const left of ['out', 'manifest.jsonl', 'curl'])
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
