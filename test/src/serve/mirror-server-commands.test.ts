import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { indexPath } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { pack } from 'tar-stream';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { hasGitDaemon } from '../support/index-remote.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { scratch } from '../support/tools.ts';

/** Nothing listens there, so any request beyond this machine fails. */
const NOWHERE = 'http://127.0.0.1:9';
const OFFLINE = {
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
  HTTPS_PROXY: NOWHERE,
  https_proxy: NOWHERE,
  CARGO_NET_RETRY: '0',
};

const PROJECT_CONFIG = 'application/.cargo/config.toml';

/** A program that a user may install, since the sample contains only libraries. */
async function addProgram(cwd: string): Promise<void> {
  const [name, version] = ['announcer', '1.2.0'];
  const manifest = `[package]
name = "${name}"
version = "${version}"
edition = "2021"
description = "Announces a title in capital letters"
license = "MIT"
keywords = ["text"]
repository = "https://example.org/announcer"

[dependencies]
textkit = "1"
`;
  const tar = pack();
  tar.entry({ name: `${name}-${version}/Cargo.toml` }, manifest);
  tar.entry({ name: `${name}-${version}/src/main.rs` }, 'fn main() { println!("ANNOUNCED"); }\n');
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  const body = gzipSync(Buffer.concat(pieces));
  const deps = [
    {
      name: 'textkit',
      req: '^1',
      features: [],
      optional: false,
      default_features: true,
      target: null,
      kind: 'normal',
    },
  ];
  const entry = { name, vers: version, deps, cksum: sha256Hex(body), features: {}, yanked: false };
  const path = indexPath(name);
  mkdirSync(dirname(join(cwd, 'index', path)), { recursive: true });
  writeFileSync(join(cwd, 'index', path), `${JSON.stringify(entry)}\n`);
  mkdirSync(dirname(join(cwd, 'out', path)), { recursive: true });
  writeFileSync(join(cwd, 'out', dirname(path), `${name}-${version}.crate`), body);
}

/** A mirror that knows its own names, and a project whose cargo can reach nothing else. */
async function projectBehindMirror(
  t: TestContext,
  env: NodeJS.ProcessEnv = OFFLINE,
): Promise<{ project: Project; cwd: string; origin: string }> {
  const cwd = scratch(t);
  await writeSample(cwd);
  await addProgram(cwd);
  const { origin } = await startServer(t, ['--mirror', 'out', '--index-dir', 'index'], cwd);
  for (let status = 503; status === 503; )
    status = (await fetch(`${origin}/api/v1/crates?q=announce`)).status;
  const project = new Project(cwd, origin, env);
  // `cargo install` reads only the configuration in the cargo home.
  mkdirSync(join(cwd, 'cargo-home'));
  renameSync(join(cwd, PROJECT_CONFIG), join(cwd, 'cargo-home/config.toml'));
  return { project, cwd, origin };
}

/** Checks a crate that exists only in the mirror. `cargo info` requires 1.82. */
async function assertInfo(t: TestContext, project: Project): Promise<void> {
  const { code, stdout, stderr } = await project.tryCargo('info', 'announcer', '--registry', 'mirror');
  if (/no such (sub)?command: `info`/.test(stderr)) return t.diagnostic('this cargo has no info');
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^announcer #text\nAnnounces a title in capital letters\nversion: 1\.2\.0 \(from registry `mirror`\)\nlicense: MIT\n/,
  );
}

test('search, info, add, build, update, install and vendor work with nothing but the mirror', {
  skip: NO_CARGO,
}, async (t) => {
  const { project, cwd } = await projectBehindMirror(t);

  const searched = await project.cargo('search', 'ann', '--registry', 'mirror');
  assert.match(searched.stdout, /^announcer = "1\.2\.0" +# Announces a title in capital letters$/m);
  const many = await project.cargo('search', 'e', '--registry', 'mirror', '--limit', '2');
  assert.equal(many.stdout.match(/^\S+ = "/gm)?.length, 2);

  await assertInfo(t, project);

  await project.cargo('add', 'textkit', '--features', 'wrap');
  const manifest = readFileSync(join(cwd, 'application/Cargo.toml'), 'utf8');
  assert.match(
    manifest,
    /^textkit = \{ version = "1\.1\.0", features = \["wrap"\] \}$/m,
    'no registry is named',
  );
  await project.cargo('build');
  assert.match((await project.cargo('update')).stderr, /Locking 0 packages/);
  const lock = readFileSync(join(cwd, 'application/Cargo.lock'), 'utf8');
  assert.deepEqual(
    new Set([...lock.matchAll(/^source = (.*)$/gm)].map(([, source]) => source)),
    new Set(['"registry+https://github.com/rust-lang/crates.io-index"']),
  );

  const root = join(cwd, 'installed');
  await project.cargo('install', 'announcer', '--root', root);
  assert.equal(String(spawnSync(join(root, 'bin/announcer')).stdout), 'ANNOUNCED\n');

  const vendored = await project.cargo('vendor', '--respect-source-config');
  assert.ok(existsSync(join(cwd, 'application/vendor/textkit/src/lib.rs')));
  assert.ok(existsSync(join(cwd, 'application/vendor/vendored-zlib/Cargo.toml')));
  writeFileSync(join(cwd, PROJECT_CONFIG), vendored.stdout);
  await project.cargo('build', '--locked', '--offline');
});

test('cargo publish, yank and owner show why the mirror refuses them', { skip: NO_CARGO }, async (t) => {
  const { project, cwd } = await projectBehindMirror(t);
  const why = /status 403 Forbidden\): this is a read-only mirror of crates\.io: .* `--registry crates-io`/;
  // More than a socket accepts at once: the refusal must be read nonetheless.
  writeFileSync(join(cwd, 'application/noise.bin'), randomBytes(3_000_000));
  const named = ['--registry', 'mirror', '--token', 'x'];
  for (const args of [
    ['publish', '--allow-dirty', '--no-verify'],
    ['yank', 'textkit@1.0.0'],
    ['yank', 'textkit@1.0.0', '--undo'],
    ['owner', '--add', 'somebody', 'textkit'],
    ['owner', '--remove', 'somebody', 'textkit'],
  ]) {
    const { code, stderr } = await project.tryCargo(...args, ...named);
    assert.equal(code, 101);
    assert.match(stderr, why, args.join(' '));
  }
  const owners = await project.tryCargo('owner', '--list', 'textkit', ...named);
  assert.match(owners.stderr, /404 Not Found\): a mirror does not know the owners of a crate/);
});

test('cargo shows what to write instead where its configuration names the index as a git repository', {
  skip: NO_CARGO || (hasGitDaemon() ? false : 'git is not installed'),
}, async (t) => {
  const { project, cwd, origin } = await projectBehindMirror(t, {});
  const config = join(cwd, 'cargo-home/config.toml');
  const hint = `this is a sparse registry, not a git repository; write it as "sparse+${origin}/index/"`;
  writeFileSync(
    config,
    `[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "${origin}/index"\n`,
  );
  for (const client of ['false', 'true']) {
    const { stderr } = await project.tryCargo('fetch', '--config', `net.git-fetch-with-cli=${client}`);
    assert.ok(stderr.includes(hint), stderr);
  }
  const plain = await fetch(`${origin}/index/info/refs`);
  assert.equal(plain.status, 404);
  assert.ok((await plain.text()).includes(hint));
});
