import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from '@crates-mirror/release';
import { imageConfig } from '@crates-mirror/release/image-config';
import { PLATFORMS, type Platform } from '@crates-mirror/release/node-package';
import { LAST_LINE, NO_CARGO, Project } from '../support/cargo-project.ts';
import { type Cleanup, REPOSITORY, scratch } from '../support/tools.ts';

const MAX_BYTES = 60e6;
const PLATFORM = PLATFORMS.find((one) => one === `${process.platform}-${process.arch}`);

/** Why a root directory with only an archive in it cannot be set up; false if it can. */
const NO_ROOT =
  PLATFORM === undefined
    ? 'no archive for this platform'
    : process.getuid?.() === 0 &&
        spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0
      ? false
      : 'needs root, unshare and ip';

test('two builds are equal bytes, and their checksums and signature hold', { skip: NO_ROOT }, async (t) => {
  const directory = scratch(t);
  const gpg = { ...process.env, GNUPGHOME: join(directory, 'gnupg') };
  mkdirSync(gpg.GNUPGHOME, { mode: 0o700 });
  const key = [
    '--batch',
    '--passphrase',
    '',
    '--quick-generate-key',
    'Release <r@example.org>',
    'ed25519',
    'sign',
  ];
  execFileSync('gpg', key, { env: gpg, stdio: 'ignore' });
  const secret = execFileSync('gpg', ['--armor', '--export-secret-keys'], { env: gpg });
  writeFileSync(join(directory, 'key.asc'), secret);
  const [one, other] = [join(directory, 'one'), join(directory, 'other')];
  const platforms = [PLATFORM as Platform];
  const names = await build(REPOSITORY, { out: one, platforms, gpgkey: join(directory, 'key.asc') });
  await build(REPOSITORY, { out: other, platforms });
  for (const name of names.filter((built) => !built.endsWith('.asc')))
    assert.ok(readFileSync(join(one, name)).equals(readFileSync(join(other, name))), name);
  execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: one });
  execFileSync('gpg', ['--verify', 'SHA256SUMS.asc', 'SHA256SUMS'], { cwd: one, env: gpg, stdio: 'ignore' });
  const archive = names.find((name) => name.endsWith('.tar.zst')) as string;
  assert.ok(readFileSync(join(one, archive)).length < MAX_BYTES);

  startersRun(unpack(join(one, archive), directory), directory);
  const image = names.find((name) => name.endsWith('.oci.tar')) as string;
  await mirrorsAlone(t, imageRoot(join(one, image), directory), directory);
});

/** The root directory of a container of the image. @returns a directory */
function imageRoot(image: string, directory: string): string {
  const [layout, root] = [join(directory, 'layout'), join(directory, 'image')];
  mkdirSync(layout);
  mkdirSync(root);
  execFileSync('tar', ['-xf', image, '-C', layout]);
  const read = (digest: string): { layers: { digest: string }[]; manifests: { digest: string }[] } =>
    JSON.parse(readFileSync(join(layout, digest), 'utf8'));
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  const [manifest] = read('index.json').manifests;
  const [layer] = read(blob(manifest?.digest ?? '')).layers;
  execFileSync('tar', ['--zstd', '-xpf', join(layout, blob(layer?.digest ?? '')), '-C', root]);
  return root;
}

function unpack(archive: string, directory: string): string {
  const root = join(directory, 'root');
  mkdirSync(root);
  execFileSync('tar', ['--zstd', '-xf', archive, '-C', root, '--strip-components=1']);
  return root;
}

/**
 * Runs from any directory and through a symbolic link, with nothing in PATH except what resolves
 * the link.
 */
function startersRun(root: string, directory: string): void {
  const links = join(directory, 'links');
  mkdirSync(links);
  symlinkSync('../root/bin/crates-mirror', join(links, 'cm'));
  for (const starter of [join(root, 'bin/crates-mirror'), join(links, 'cm')]) {
    const stdout = execFileSync(starter, ['--version'], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin' },
      cwd: '/',
    });
    assert.match(stdout, /^crates-mirror \d/);
  }
  execFileSync(join(root, 'bin/crates-mirror-server'), ['--help'], { env: { PATH: '' } });
}

/** Runs as the image's user, without a network. */
async function mirrorsAlone(t: Cleanup, root: string, directory: string): Promise<void> {
  const { Entrypoint, Env, User, Healthcheck } = imageConfig('0') as {
    Entrypoint: string[];
    Env: string[];
    User: string;
    Healthcheck: { Test: string[] };
  };
  const inside = ['env', '-i', ...Env, '/usr/sbin/chroot', `--userspec=${User}`, root];
  const program = [...inside, ...Entrypoint];
  const alone = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...program];
  const sample = ['download', '--sample', '--sample-index', '/data/index', '--out', '/data/mirror'];
  const mirrored = execFileSync('unshare', [...alone, ...sample, '--manifest', '/data/manifest.jsonl'], {
    encoding: 'utf8',
  });
  assert.match(mirrored, /^Mirrored all 33 crate files into \/data\/mirror/);

  const [command = '', ...args] = [
    ...program,
    'serve',
    '--index-dir',
    '/data/index',
    '--mirror',
    '/data/mirror',
  ];
  const server = spawn(command, [...args, '--listen', ':0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  let log = '';
  const origin = await new Promise<string>((done) => {
    server.stderr.on('data', (data) => {
      log += data;
      const found = /serving on (http\S+)\//.exec(log)?.[1];
      if (found !== undefined) done(found);
    });
  });
  const [, ...check] = Healthcheck.Test.map((part) => part.replace('127.0.0.1:8080', new URL(origin).host));
  const [env = '', ...checkArgs] = [...inside, ...check];
  execFileSync(env, checkArgs);
  assert.throws(() => execFileSync(env, checkArgs.with(-1, 'process.exit(1)'), { stdio: 'ignore' }));
  if (NO_CARGO !== false) return;
  const { stdout } = await new Project(directory, origin).cargo('run', '--quiet');
  assert.ok(stdout.trimEnd().endsWith(LAST_LINE), stdout);
}
