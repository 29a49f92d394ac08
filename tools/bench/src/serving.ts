import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DirectorySource, indexPrefix, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { rewriteIndex, sizeProfile, startNginx } from '@crates-mirror/sample-registry';
import { childrenOf } from './measure.ts';
import type { Contender, Ground, Scenario } from './scenario.ts';
import { spreadName } from './upstream.ts';

const CRATES = 3000;
const VERSIONS = 4;
const REQUESTS = 60_000;
const CLIENTS = 64;

/** A server, and how to find its process. */
interface Served {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
}

/**
 * 12,000 crate files, 200 MB, requested in turn over 64 connections: more than is cached in memory.
 */
export async function serveCrates(ground: Ground): Promise<Scenario> {
  const servers = await serveTree(ground);
  return {
    title: 'serve-crates: 60,000 requests for 12,000 crate files, median 7 kB, over 64 connections',
    contenders: contenders(ground, servers, 'crates', []),
  };
}

/** The index files of these crates, compressed as in requests by cargo. */
export async function serveIndex(ground: Ground): Promise<Scenario> {
  const servers = await serveTree(ground);
  return {
    title: 'serve-index: 60,000 requests for 3,000 index files, gzip, over 64 connections',
    contenders: contenders(ground, servers, 'index', ['-H', 'accept-encoding: gzip']),
  };
}

function contenders(
  { directory }: Ground,
  servers: readonly [Served, Served],
  kind: 'crates' | 'index',
  options: readonly string[],
): [Contender, Contender] {
  const of = ({ name, origin, pid }: Served): Contender => {
    const paths = readFileSync(join(directory, `${kind}.paths`), 'utf8');
    const list = join(directory, `${kind}.${name}`);
    writeFileSync(list, paths.replaceAll(/^/gm, origin).slice(0, -origin.length));
    const load = ['--h1', '-t', '1', '-c', String(CLIENTS), '-n', String(REQUESTS), '-i', list];
    // h2load succeeds whatever the responses are.
    const script =
      'h2load "$@" | tee load.log && grep -q "failed, 0 errored" load.log && ! grep -q " [1-9][0-9]* [45]xx" load.log';
    return {
      name,
      command: { argv: ['bash', '-c', script, 'load', ...load, ...options], cwd: directory },
      server: pid,
    };
  };
  return [of(servers[0]), of(servers[1])];
}

/**
 * The same tree served by our server and by nginx with one worker, configured as in
 * docs/nginx.conf.
 */
async function serveTree(ground: Ground): Promise<[Served, Served]> {
  const { directory, repository, programOf } = ground;
  makeMirror(directory);
  writePaths(directory);
  const main = programOf('mirror-server');
  const mirror = ['--mirror', 'mirror', '--index-dir', 'index'];
  // A run over the mirror writes the ledger that the server trusts.
  const adopt = [programOf('downloader'), '--index-dir', 'index', '--out', 'mirror'];
  execFileSync(process.execPath, [...adopt, '--include-yanked'], { cwd: directory, stdio: 'ignore' });
  const site = ['export', ...mirror, '--out', 'site', '--public-url', 'http://127.0.0.1'];
  execFileSync(process.execPath, [main, ...site], { cwd: directory, stdio: 'ignore' });
  const documented = readFileSync(join(repository, 'docs/nginx.conf'), 'utf8');
  const nginx = await startNginx({
    home: join(directory, 'nginx'),
    root: '',
    keepaliveRequests: 10_000_000,
    server: (port) =>
      documented
        .replace('listen 80;', `listen 127.0.0.1:${port};`)
        .replace('root /srv/mirror;', `root ${join(directory, 'site')};`),
  });
  ground.after(() => nginx.stop());
  const child = spawn(process.execPath, [main, ...mirror, '--listen', ':0'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  ground.after(() => void child.kill());
  const [worker = nginx.pid] = childrenOf(nginx.pid);
  return [
    { name: 'mirror-server', origin: await originOf(child), pid: child.pid as number },
    { name: 'nginx', origin: nginx.origin, pid: worker },
  ];
}

function originOf(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (data) => {
      said += data;
      const origin = /serving on (\S+)\/\n/.exec(said)?.[1];
      if (origin !== undefined) resolve(origin);
    });
    child.once('exit', () => reject(new Error(`mirror-server did not start: ${said}`)));
  });
}

function makeMirror(directory: string): void {
  const plain = join(directory, 'plain');
  for (let i = 0; i < CRATES; i++) {
    const name = spreadName(i);
    const path = join(plain, indexPrefix(name), name);
    mkdirSync(dirname(path), { recursive: true });
    const deps = [
      {
        name: 'serde',
        req: '^1',
        features: ['derive'],
        optional: false,
        default_features: true,
        target: null,
        kind: 'normal',
      },
    ];
    const lines = Array.from({ length: VERSIONS }, (_, minor) =>
      JSON.stringify({
        name,
        vers: `1.${minor}.0`,
        deps,
        cksum: '0'.repeat(64),
        features: { default: ['std'], std: [] },
        yanked: false,
      }),
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
  }
  mkdirSync(join(directory, 'index'));
  rewriteIndex({
    from: plain,
    to: join(directory, 'index'),
    profile: sizeProfile(7000),
    dl: '',
    onBody: (name, version, body) => {
      const path = join(directory, 'mirror', indexPrefix(name), `${name}-${version}.crate`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    },
  });
}

/** Writes the requested paths, in cargo's form: `crates.paths` and `index.paths`, one per line. */
function writePaths(directory: string): void {
  const index = join(directory, 'index');
  const paths: Record<'index' | 'crates', string> = { index: '', crates: '' };
  for (const { files } of walkIndex(new DirectorySource(index), 1000, () => {})) {
    for (const file of files) {
      paths.index += `/index/${file}\n`;
      for (const { name, version, cksum } of parseIndexFile(readFileSync(join(index, file)), file).entries)
        paths.crates += `/crates/${dirname(file)}/${name}-${version}.crate?sha256=${cksum}\n`;
    }
  }
  for (const [kind, text] of Object.entries(paths)) writeFileSync(join(directory, `${kind}.paths`), text);
}
