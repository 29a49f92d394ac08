import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { git } from '../support/index-remote.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { type Cleanup, type Ended, REPOSITORY, runTool, scratch, startTool } from '../support/tools.ts';

const MAIN = join(REPOSITORY, 'apps/index-cloner/src/main.js');
const YES = ['--index-dir', 'idx', '--output-dir', 'm', '--non-interactive'];

function cloner(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  return runTool(t, 'index-cloner', args, cwd);
}

/** A repository with a minimal index. */
function makeRepository(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(path, { recursive: true });
  git(path, 'init', '--quiet', '--initial-branch=master');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  git(path, 'add', '--all');
  git(path, 'commit', '--quiet', '--allow-empty', '--message=index');
}

const INDEX = { 'config.json': '{}', '3/f/foo': '' };

test('every wrong place is named in one line, with a way out, and nothing is touched', async (t) => {
  const cwd = scratch(t);
  makeRepository(join(cwd, 'remote'), INDEX);
  makeRepository(join(cwd, 'other'), { README: 'no index' });
  makeRepository(join(cwd, 'alone'), INDEX);
  git(cwd, 'init', '--quiet', 'empty');
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'emptied');
  git(join(cwd, 'emptied'), 'remote', 'set-url', 'origin', join(cwd, 'empty'));
  mkdirSync(join(cwd, 'plain'));
  writeFileSync(join(cwd, 'plain/notes'), 'mine');
  writeFileSync(join(cwd, 'file'), '');
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'good');
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'damaged');
  writeFileSync(join(cwd, 'damaged/.git/index'), 'no index of git');
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'headless');
  rmSync(join(cwd, 'headless/.git/HEAD'));
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'private');
  git(join(cwd, 'private'), 'remote', 'set-url', 'origin', 'https://me:old@example.org/x');
  const before = readdirSync(cwd);
  const url = join(cwd, 'remote');
  const table: [args: string[], code: number, message: string | RegExp][] = [
    [
      ['--index-dir', 'plain'],
      2,
      '--index-dir: plain is there already, and is no git repository. Name another directory, or give --skip-index-update to take it as it is',
    ],
    [['--index-dir', 'file'], 2, '--index-dir: cannot use file: it is a file'],
    [
      ['--index-dir', 'alone'],
      2,
      `--index-dir: alone is a repository without a remote, not of ${url}. Name another directory`,
    ],
    [
      ['--index-dir', 'good', '--index-url', 'https://example.org/x'],
      2,
      `--index-dir: good is a clone of ${url}, not of https://example.org/x. Give --index-url ${url}, or another --index-dir`,
    ],
    [
      ['--index-dir', 'private', '--index-url', 'https://me:new@example.org/x'],
      2,
      '--index-dir: private is a clone of https://***@example.org/x with other credentials. Tell it the new address: git -C private remote set-url origin URL',
    ],
    [
      ['--index-dir', 'damaged'],
      1,
      /^index damaged: git ls-files says: .*index.*\. If it stays so, move damaged away and run again: it is cloned anew$/,
    ],
    [
      ['--index-dir', 'headless'],
      1,
      /^index headless: git rev-parse says: not a git repository.*\. If it stays so, move headless away/,
    ],
    [
      ['--index-dir', 'new', '--index-url', join(cwd, 'other')],
      2,
      `--index-url: ${join(cwd, 'other')} has no index: no config.json, or no crates. Name a repository like https://github.com/rust-lang/crates.io-index`,
    ],
    ...['new', 'emptied'].map((directory): [string[], number, string] => [
      ['--index-dir', directory, '--index-url', join(cwd, 'empty')],
      1,
      `index ${directory}: the remote has no commit yet, or none that its HEAD names. Check --index-url; if it is right, wait for a commit there and run again`,
    ]),
    [
      ['--index-dir', 'new', '--index-url', join(cwd, 'none')],
      1,
      /^index new: git clone says: .*does not (exist|appear to be a git repository).*\. Check --index-url, and whether you are let in there$/,
    ],
    [
      ['--index-dir', 'new', '--index-url', 'ext::sh -c true'],
      2,
      "--index-url: 'ext::sh -c true' names a program to run. Give a URL (https, http, ssh, git, file) or a directory",
    ],
    [
      ['--index-dir', 'new', '--index-url', '--upload-pack=true'],
      2,
      "--index-url: '--upload-pack=true' begins with a dash. Give a URL (https, http, ssh, git, file) or a directory",
    ],
    [
      ['--index-dir', 'good', '--output-dir', 'good/m'],
      2,
      '--output-dir good/m is inside of --index-dir good. Name a place elsewhere',
    ],
    [
      ['--index-dir', 'new', '--downloader-path', 'none'],
      2,
      '--downloader-path: none is not there, or cannot be executed. Name an executable file',
    ],
    [
      ['--index-dir', 'good', '--manifest', 'file', '--changes-out', './file'],
      2,
      '--manifest file and --changes-out ./file are the same file. Give each one of its own',
    ],
    [
      ['--index-dir', 'good', '--log-path', 'x', '--changes-out', 'x'],
      2,
      '--log-path x and --changes-out x are the same file. Give each one of its own',
    ],
    [
      ['--index-dir', 'good', '--changes-out', 'm/.crates-mirror/index-cloner.json'],
      2,
      '--changes-out: m/.crates-mirror/index-cloner.json is inside of .crates-mirror, where the tools keep what they know. Name a file elsewhere',
    ],
  ];
  for (const [args, code, message] of table) {
    const ended = await cloner(t, cwd, '--index-url', url, '--output-dir', 'm', '--yes', ...args);
    assert.equal(ended.code, code, ended.stderr);
    const line =
      ended.stderr
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.replace(/^index-cloner: /, '') ?? '';
    if (typeof message === 'string') assert.equal(line, message);
    else assert.match(line, message);
    assert.deepEqual(readdirSync(cwd), before, `${args}`);
  }
});

test('where no clone can be put is found out before one is fetched', async (t) => {
  const cwd = scratch(t);
  makeRepository(join(cwd, 'remote'), INDEX);
  symlinkSync('nowhere', join(cwd, 'link'));
  const disk = mountSmallDisk(t, '1M');
  const table: [directory: string, message: string][] = [
    ['link', '--index-dir: link is a link to nowhere. Name a directory'],
    ...(disk === undefined ? [] : [mountPoint(disk.path)]),
  ];
  for (const [directory, message] of table) {
    for (const more of [[], ['--dry-run']]) {
      const args = ['--index-url', join(cwd, 'remote'), '--index-dir', directory, '--index-only', ...more];
      const ended = await cloner(t, cwd, ...args);
      assert.deepEqual([ended.code, ended.stderr], [2, `index-cloner: ${message}\n`]);
    }
  }
});

function mountPoint(path: string): [directory: string, message: string] {
  const hint = 'It is a mount point: name a directory inside of it';
  return [path, `--index-dir: a clone cannot take the place of ${path}. ${hint}`];
}

test('another git at work, another owner, no git at all', async (t) => {
  const cwd = scratch(t);
  makeRepository(join(cwd, 'remote'), INDEX);
  git(cwd, 'clone', '--quiet', join(cwd, 'remote'), 'idx');
  const only = ['--index-url', join(cwd, 'remote'), '--index-dir', 'idx', '--index-only'];
  const path = join(cwd, 'bin');
  mkdirSync(path);
  const without = spawnSync(process.execPath, [MAIN, ...only], {
    cwd,
    env: { PATH: path },
    encoding: 'utf8',
  });
  assert.equal(without.status, 2);
  assert.equal(
    without.stderr,
    'index-cloner: index idx: git was not found. Install git 2.25 or later, or give --skip-index-update to take the index as it is. The container image has no git: have another container update the index, as contrib/container shows\n',
  );
  writeFileSync(join(path, 'git'), '#!/bin/sh\necho git version 2.9.5\n', { mode: 0o755 });
  const tooOld = spawnSync(process.execPath, [MAIN, ...only], { cwd, env: { PATH: path }, encoding: 'utf8' });
  assert.equal(tooOld.status, 2);
  assert.match(
    tooOld.stderr,
    /^index-cloner: index idx: git 2\.9\.5 is too old\. Install git 2\.25 or later, or/,
  );
  // A git process that waits for its input, as one does that prompts for a message.
  const other = startProcess(t, join(cwd, 'idx'), 'git', ['cat-file', '--batch']);
  const waiting = startTool(t, 'index-cloner', only, cwd);
  while (!waiting.stderr().includes('waiting') && waiting.child.exitCode === null) await sleep(20);
  assert.match(
    waiting.stderr(),
    new RegExp(`waiting for another git in idx \\(process ${other}: git cat-file --batch\\)`),
  );
  process.kill(other);
  assert.equal((await waiting.ended).code, 0);
  if (process.getuid?.() !== 0) return;
  chownSync(join(cwd, 'idx'), 65_534, 65_534);
  chownSync(join(cwd, 'idx/.git'), 65_534, 65_534);
  const { SUDO_UID: _, ...env } = process.env;
  const owned = spawnSync(process.execPath, [MAIN, ...only], { cwd, env, encoding: 'utf8' });
  assert.equal(owned.status, 2);
  assert.match(
    owned.stderr,
    /^index-cloner: index idx: git rev-parse says: detected dubious ownership in repository at '.*'\. Run as the owner of idx, or allow it: git config --global --add safe\.directory \/.*idx\n$/,
  );
});

/** @returns its process id; the process ends with its test */
function startProcess(t: Cleanup, cwd: string, command: string, args: readonly string[]): number {
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'ignore', 'ignore'] });
  t.after(() => child.kill());
  return child.pid as number;
}

test('whatever the tree and the configuration say, the index is what the remote has', async (t) => {
  const cwd = scratch(t);
  const url = join(cwd, 'remote');
  const line = '{"name":"foo","vers":"1.0.0","cksum":"x"}\n';
  makeRepository(url, { ...INDEX, '3/f/foo': line, '.gitattributes': '* text eol=crlf filter=evil ident\n' });
  symlinkSync('/etc', join(url, 'li'));
  git(url, 'add', '--all');
  git(url, 'commit', '--quiet', '--message=a link');
  git(url, 'tag', 'v1');
  const hooks = join(cwd, 'hooks');
  mkdirSync(hooks);
  for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction', 'post-merge'])
    writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch ${cwd}/hooked\n`, { mode: 0o755 });
  const config = `[core]\n autocrlf = true\n hooksPath = ${hooks}\n[clone]\n defaultRemoteName = upstream
[filter "evil"]\n smudge = touch ${cwd}/hooked\n required = true\n[init]\n templateDir = ${hooks}\n`;
  writeFileSync(join(cwd, 'gitconfig'), config);
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: join(cwd, 'gitconfig'),
    GIT_DIR: join(cwd, 'elsewhere'),
    GIT_CONFIG: 'x',
  };
  const run = (...args: string[]) => {
    const all = [MAIN, '--index-url', url, '--index-only', '--index-dir', 'idx', ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  run();
  assert.equal(readFileSync(join(cwd, 'idx/3/f/foo'), 'utf8'), line);
  assert.equal(lstatSync(join(cwd, 'idx/li')).isSymbolicLink(), false);
  assert.equal(existsSync(join(cwd, 'hooked')), false);
  assert.deepEqual(
    readdirSync(join(cwd, 'idx/.git')).filter((name) => name === 'hooks'),
    [],
  );

  git(cwd, 'clone', '--quiet', '--no-checkout', url, 'by hand');
  writeFileSync(join(cwd, 'by hand/.git/info/attributes'), '* eol=crlf');

  writeFileSync(join(url, '3/f/foo'), line + line.replace('1.0.0', '1.0.1'));
  git(url, 'add', '--all');
  git(url, 'commit', '--quiet', '--message=news');
  run('--index-dir', 'by hand');
  assert.equal(readFileSync(join(cwd, 'by hand/3/f/foo'), 'utf8'), line + line.replace('1.0.0', '1.0.1'));
  assert.equal(existsSync(join(cwd, 'hooked')), false);
  assert.match(run('--full-history'), /crates changed +1\n/);
  assert.equal(existsSync(join(cwd, 'hooked')), false);
  const there = join(cwd, 'idx');
  assert.equal(git(there, 'rev-list', '--count', 'HEAD'), '3');
  assert.equal(git(there, 'tag'), '');
  // Once complete, its history stays complete.
  git(url, 'branch', '--quiet', '--move', 'main');
  git(url, 'commit', '--quiet', '--allow-empty', '--message=on main');
  assert.match(run(), /Nothing has changed since/);
  assert.equal(git(there, 'rev-list', '--count', 'HEAD'), '4');
  assert.equal(git(there, 'symbolic-ref', 'HEAD'), 'refs/heads/main');
});

test('no file of the index is passed over, however the clone is configured', async (t) => {
  const cwd = scratch(t);
  const url = join(cwd, 'remote');
  makeRepository(url, { ...INDEX, 'se/rd/serde': '' });
  git(cwd, 'clone', '--quiet', '--sparse', url, 'sparse');
  git(cwd, 'clone', '--quiet', url, 'marked');
  git(join(cwd, 'marked'), 'update-index', '--assume-unchanged', '3/f/foo');
  git(join(cwd, 'marked'), 'update-index', '--skip-worktree', 'se/rd/serde');
  for (const file of ['3/f/foo', 'se/rd/serde']) rmSync(join(cwd, 'marked', file));
  for (const clone of ['sparse', 'marked']) {
    const ended = await cloner(t, cwd, '--index-url', url, '--index-dir', clone, '--index-only');
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(
      ended.stderr,
      /put right in \w+: 0 changed, 2 missing, 0 foreign files \(3\/f\/foo, se\/rd\/serde\)/,
    );
    assert.ok(existsSync(join(cwd, clone, '3/f/foo')) && existsSync(join(cwd, clone, 'se/rd/serde')));
  }
});

test('a foreign file whose name is not UTF-8 stops no run', async (t) => {
  const cwd = scratch(t);
  const url = join(cwd, 'remote');
  makeRepository(url, INDEX);
  git(cwd, 'clone', '--quiet', url, 'idx');
  const foreign = Buffer.concat([Buffer.from(join(cwd, 'idx/3/f/fo')), Buffer.from([0xff])]);
  try {
    writeFileSync(foreign, '');
  } catch {
    t.skip('no such name can be given here');
    return;
  }
  const ended = await cloner(t, cwd, '--index-url', url, '--index-dir', 'idx', '--index-only');
  assert.equal(ended.code, 0, ended.stderr);
});

test('a dry run predicts only what the run then does', async (t) => {
  const cwd = scratch(t);
  const url = join(cwd, 'remote');
  makeRepository(url, INDEX);
  const home = join(cwd, 'm/.crates-mirror');
  // It reports nothing to retry, like a downloader that has completed.
  const stub = `#!/bin/sh\necho -only-crates -retry-out\n[ "$1" = --help ] || touch ${home}/index-cloner.retry\n`;
  writeFileSync(join(cwd, 'stub'), stub, { mode: 0o755 });
  const run = async (...more: string[]) => {
    const ended = await cloner(t, cwd, ...YES, '--index-url', url, '--downloader-path', 'stub', ...more);
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout;
  };
  const dry = async () => (await run('--dry-run')).replace(/The downloader: .*\n/, '');
  const publish = () => {
    git(url, 'add', '--all');
    git(url, 'commit', '--quiet', '--message=news');
    return git(url, 'rev-parse', 'HEAD').slice(0, 12);
  };
  const old = git(url, 'rev-parse', 'HEAD').slice(0, 12);
  await run();
  assert.equal(
    await dry(),
    `The index in idx is what ${url} has, ${old}.\nNothing to download: no crate is new or changed, and none is left to try again.\n`,
  );
  writeFileSync(join(url, '3/f/fou'), '\n');
  const added = publish();
  assert.equal(
    await dry(),
    `The index in idx would be updated from ${old} to ${added}.\nWhich crates that adds or changes is known only once it is fetched. Apart from them, there is nothing to download.\n`,
  );
  assert.match(await run(), /\nLooking at 1 crate that is new or changed\.\n/);

  // Changes that a run would correct.
  for (const name of readdirSync(join(cwd, 'idx')))
    if (name !== '.git') rmSync(join(cwd, 'idx', name), { recursive: true });
  mkdirSync(join(cwd, 'idx/1'));
  writeFileSync(join(cwd, 'idx/1/x'), '');
  const again = 'Looking at 2 crates to try again.\n';
  assert.equal(await dry(), `The index in idx is what ${url} has, ${added}.\n${again}`);
  assert.ok((await run()).includes(again));

  rmSync(join(url, '3/f/fou'));
  const removed = publish();
  const output = await run();
  assert.match(output, /crates removed +1\n/);
  assert.match(
    output,
    /\nNothing to download: no crate is new or changed, and none is left to try again\.\n/,
  );

  const state = join(home, 'index-cloner.json');
  const retry = [{ path: '3/f/foo', reason: 'failed', since: '2026-11-24T03:00:00.000Z' }];
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), retry }));
  writeFileSync(join(url, '3/f/foo'), '\n\n');
  const changed = publish();
  assert.equal(
    await dry(),
    `The index in idx would be updated from ${removed} to ${changed}.\nWhich crates that adds or changes is known only once it is fetched. Apart from them: looking at 1 crate to try again.\n`,
  );
  rmSync(join(cwd, 'idx'), { recursive: true });
  assert.equal(
    await dry(),
    `${url} would be cloned into idx.\nWhich crates there are to look at is known only once it is there.\n`,
  );
});

test('another downloader, arguments passed on, a dry run, an index as it is', async (t) => {
  const cwd = scratch(t);
  const url = join(cwd, 'remote');
  makeRepository(url, INDEX);
  const own = join(REPOSITORY, 'apps/downloader/src/main.js');
  const stub = join(cwd, 'stub');
  const writeStub = (code: number): void =>
    writeFileSync(stub, `#!/bin/sh\necho "$@" >>calls\n[ "$1" = --help ] && exit 0\nexit ${code}\n`, {
      mode: 0o755,
    });
  const calls = (): string[] => {
    const lines = existsSync(join(cwd, 'calls'))
      ? readFileSync(join(cwd, 'calls'), 'utf8').trim().split('\n')
      : [];
    rmSync(join(cwd, 'calls'), { force: true });
    return lines;
  };
  const args = [
    ...YES,
    '--index-url',
    url,
    '--downloader-path',
    'stub',
    '--threads',
    '9',
    '--log-level',
    'warning',
  ];
  const more = ['-include-yanked', '-manifest', 'a b', '--', '-odd', 'x'];
  const expected =
    '--index-dir idx --out m --log-level warn --concurrency 9 --include-yanked --manifest a b -odd x';

  writeStub(7);
  const dry = await cloner(t, cwd, ...args, '--dry-run', ...more);
  assert.equal(dry.code, 0, dry.stderr);
  const command = expected.replace('a b', "'a b'");
  assert.equal(
    dry.stdout,
    `${url} would be cloned into idx.\nLooking at every crate: no run has been completed yet.\nThe downloader: ${stub} ${command}\n`,
  );
  assert.deepEqual(readdirSync(cwd), ['remote', 'stub']);

  const failed = await cloner(t, cwd, ...args, ...more);
  assert.equal(failed.code, 7, failed.stderr);
  assert.deepEqual(calls(), ['--help', expected]);
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/index-cloner.json')), false);
  writeStub(0);
  assert.equal((await cloner(t, cwd, ...args, ...more)).code, 0);
  assert.deepEqual(calls(), ['--help', expected]);
  const idle = await cloner(t, cwd, ...args, ...more);
  assert.match(
    idle.stdout,
    /Nothing to download: no crate is new or changed, and none is left to try again\.\n/,
  );
  assert.deepEqual(calls(), []);
  writeFileSync(join(url, '3/f/foo'), '\n');
  git(url, 'commit', '--quiet', '--all', '--message=news');
  const some = await cloner(t, cwd, ...args, ...more);
  assert.match(some.stdout, /Looking at every crate: stub takes no --only-crates\.\n/);
  assert.deepEqual(calls(), ['--help', expected]);

  // A wrapper around our downloader accepts its selection.
  writeFileSync(stub, `#!/bin/sh\nexec ${process.execPath} ${own} "$@"\n`);
  writeFileSync(join(url, '3/f/foo'), '\n\n');
  git(url, 'commit', '--quiet', '--all', '--message=more news');
  const wrapped = await cloner(t, cwd, ...args, '--include-yanked', '--manifest', 'a b', '--', '-odd', 'x');
  assert.equal(wrapped.code, 2);
  assert.match(wrapped.stdout, /Looking at 1 crate that is new or changed\.\n/);
  assert.match(wrapped.stderr, /^downloader: unknown option '--odd'/);

  const { code, stderr } = await cloner(t, cwd, '--index-dir', 'idx', '--output-dir', 'm');
  assert.deepEqual(
    [code, stderr],
    [
      2,
      'index-cloner: index-cloner asks before it downloads, and there is no terminal to ask on. Add --non-interactive (or --yes)\n',
    ],
  );
});
