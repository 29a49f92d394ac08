import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@crates-mirror/sample-registry';
import { type Ground, realIndex, type Scenario } from './scenario.ts';

/** A night without changes, compared to what git needs to detect that. */
export async function nightly(ground: Ground): Promise<Scenario> {
  const { directory, programOf } = ground;
  const url = `git://127.0.0.1:${await serveIndex(ground)}/index.git`;
  const main = programOf('index-cloner');
  const options = ['--index-url', url, '--index-dir', 'ours', '--output-dir', 'mirror', '--non-interactive'];
  // Only a completed run matters: nothing is downloaded in either case.
  const argv = [process.execPath, main, ...options, '--downloader-path', 'true'];
  execFileSync(process.execPath, argv.slice(1), { cwd: directory, stdio: 'ignore' });
  execFileSync('git', ['clone', '--quiet', '--depth=1', url, 'theirs'], { cwd: directory, stdio: 'ignore' });
  // Files with the same mtime as git's index, to the second, are read each time, since they may
  // have changed afterwards. That lasts only until the next night with changes.
  await sleep(1100);
  for (const clone of ['ours', 'theirs'])
    execFileSync('git', ['-C', clone, 'update-index', '--refresh', '--force-write-index'], {
      cwd: directory,
    });
  const theirs = join(directory, 'theirs');
  const fetch = 'git fetch --quiet --depth=1 origin && git reset --quiet --hard origin/HEAD';
  return {
    title: 'nightly: nothing has changed in the index',
    contenders: [
      { name: 'index-cloner', command: { argv, cwd: directory } },
      { name: 'git fetch, git reset', command: { argv: ['sh', '-c', fetch], cwd: theirs } },
    ],
  };
}

/** @returns the port of a git daemon */
async function serveIndex(ground: Ground): Promise<number> {
  const work = join(ground.directory, 'work');
  cpSync(realIndex(ground), work, { recursive: true, filter: (path) => !path.endsWith('/.git') });
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org'];
  const git = (...args: string[]): unknown => execFileSync('git', [...identity, ...args], { cwd: work });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message=index');
  mkdirSync(join(ground.directory, 'served'));
  git('clone', '--quiet', '--bare', '.', join(ground.directory, 'served/index.git'));
  const port = await freePort();
  const args = [
    '--listen=127.0.0.1',
    `--port=${port}`,
    '--export-all',
    `--base-path=${ground.directory}/served`,
  ];
  const daemon = spawn('git', ['daemon', ...args], { stdio: 'ignore', detached: true });
  ground.after(() => void (daemon.pid !== undefined && process.kill(-daemon.pid)));
  while (!(await accepts(port))) await sleep(20);
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}
