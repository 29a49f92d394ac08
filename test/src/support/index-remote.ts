import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, generatedBody, sizeProfile } from '@crates-mirror/sample-registry';
import { type Cleanup, startUpstream, type Upstream, type UpstreamOptions } from './tools.ts';

const IDENTITY = {
  GIT_AUTHOR_NAME: 'index',
  GIT_AUTHOR_EMAIL: 'index@example.org',
  GIT_COMMITTER_NAME: 'index',
  GIT_COMMITTER_EMAIL: 'index@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export function hasGitDaemon(): boolean {
  return spawnSync('git', ['daemon', '--help-unknown'], { encoding: 'utf8' }).stderr.startsWith(
    'usage: git daemon',
  );
}

/** @returns its stdout, without the last newline */
export function git(directory: string, ...args: string[]): string {
  const env = { ...process.env, ...IDENTITY };
  return execFileSync('git', args, {
    cwd: directory,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** An index that a real git serves over the git protocol, and its crate files. */
export interface IndexRemote {
  readonly upstream: Upstream;
  readonly url: string;
  /** Options that point index-cloner at both. */
  readonly args: string[];
  /** Sits between git and its clients. */
  readonly wire: Wire;
  /** A path in the index, for changes before it is published. */
  path(file: string): string;
  /** Adds versions to a new or existing crate. */
  add(name: string, ...versions: string[]): void;
  yank(name: string, version: string, yanked?: boolean): void;
  remove(name: string): void;
  /**
   * Commits and pushes all changes; if squashed, as a commit without parents that replaces the
   * branch.
   */
  publish(options?: { readonly squashed?: boolean }): string;
}

/** Creates the remote of a generated index. @param directory must be empty */
export async function startIndexRemote(
  t: Cleanup,
  directory: string,
  options: UpstreamOptions = {},
): Promise<IndexRemote> {
  const upstream = await startUpstream(t, directory, options);
  const work = join(directory, 'work');
  const served = join(directory, 'served');
  cpSync(upstream.index, work, { recursive: true });
  git(work, 'init', '--quiet', '--initial-branch=trunk');
  mkdirSync(served);
  git(served, 'init', '--quiet', '--bare', '--initial-branch=trunk', 'index.git');
  const publish = ({ squashed = false } = {}): string => {
    git(work, 'add', '--all');
    git(work, 'commit', '--quiet', '--allow-empty', '--message=update');
    if (squashed)
      git(work, 'reset', '--quiet', '--soft', git(work, 'commit-tree', '-m', 'squash', 'HEAD^{tree}'));
    git(work, 'push', '--quiet', '--force', join(served, 'index.git'), 'trunk');
    return git(work, 'rev-parse', 'HEAD');
  };
  publish();
  const wire = await startWire(t, await startDaemon(t, served));
  const url = `git://127.0.0.1:${wire.port}/index.git`;
  const profile = options.profile ?? sizeProfile(2000);
  const file = (name: string): string => join(work, `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`);
  return {
    upstream,
    url,
    wire,
    args: ['--index-url', url, ...upstream.args.slice(2)],
    path: (path) => join(work, path),
    add(name, ...versions) {
      const lines = versions.map((vers) => {
        const body = generatedBody(name, vers, profile);
        const cksum = createHash('sha256').update(body).digest('hex');
        return `${JSON.stringify({ name, vers, deps: [], cksum, features: {}, yanked: false })}\n`;
      });
      mkdirSync(dirname(file(name)), { recursive: true });
      const before = existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '';
      writeFileSync(file(name), before + lines.join(''));
    },
    yank(name, version, yanked = true) {
      const lines = readFileSync(file(name), 'utf8').split('\n');
      const changed = lines.map((line) =>
        line.includes(`"vers":"${version}"`)
          ? line.replace(/"yanked":(true|false)/, `"yanked":${yanked}`)
          : line,
      );
      writeFileSync(file(name), changed.join('\n'));
    },
    remove: (name) => rmSync(file(name)),
    publish,
  };
}

/** @returns its port */
async function startDaemon(t: Cleanup, directory: string): Promise<number> {
  const port = await freePort();
  const args = [
    '--listen=127.0.0.1',
    `--port=${port}`,
    '--reuseaddr',
    `--base-path=${directory}`,
    '--export-all',
  ];
  const daemon = spawn('git', ['daemon', ...args], { stdio: 'ignore', detached: true });
  t.after(() => endGroup(daemon));
  while (!(await accepts(port))) await sleep(20);
  return port;
}

/** git starts its daemon as a child process. */
function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGTERM');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** A connection to the remote that can be disturbed. */
export interface Wire {
  readonly port: number;
  /** Disturbs the next connections, each after this many bytes of response [0]. */
  disturb(connections: number, how: { readonly after: number; readonly by: 'cut' | 'hold' }): void;
  /** Number of connections disturbed so far. */
  readonly disturbed: number;
}

async function startWire(t: Cleanup, target: number): Promise<Wire> {
  let left = 0;
  let how: { readonly after: number; readonly by: 'cut' | 'hold' } = { after: 0, by: 'cut' };
  let disturbed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const remote = connect(target, '127.0.0.1');
    let bytes = 0;
    let isHeld = false;
    remote.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (isHeld) return;
      if (left > 0 && bytes > how.after) {
        left -= 1;
        disturbed += 1;
        isHeld = true;
        // Part of it gets through.
        client.write(chunk.subarray(0, chunk.length >> 1));
        if (how.by === 'cut') client.destroy();
        return;
      }
      client.write(chunk);
    });
    client.on('data', (chunk) => remote.write(chunk));
    for (const [one, other] of [
      [client, remote],
      [remote, client],
    ] as const) {
      sockets.add(one);
      one.on('end', () => (isHeld ? undefined : other.end()));
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    disturb(connections, manner) {
      left = connections;
      how = manner;
    },
    get disturbed() {
      return disturbed;
    },
  };
}
