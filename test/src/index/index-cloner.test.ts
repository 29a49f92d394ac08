import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsByPath } from '@crates-mirror/sample-registry';
import { Gate, untilLogged } from '../support/held.ts';
import { git, hasGitDaemon, type IndexRemote, startIndexRemote } from '../support/index-remote.ts';
import {
  type Ended,
  REPOSITORY,
  readTree,
  runTool,
  scratch,
  sortedPaths,
  startTool,
} from '../support/tools.ts';

/** Two JSON objects: the output of index-cloner, and that of the downloader. */
interface Told {
  readonly ended: Ended;
  readonly index: Record<string, unknown> & { readonly changes: Record<string, number> | null };
  readonly downloads: Record<string, number> | undefined;
}

const SKIP = hasGitDaemon() ? false : 'git daemon is not installed';
const MIRROR = ['--index-dir', 'idx', '--output-dir', 'm', '--non-interactive', '--log-format', 'json'];

async function cloner(t: TestContext, cwd: string, remote: IndexRemote, ...more: string[]): Promise<Told> {
  const ended = await runTool(t, 'index-cloner', [...remote.args, ...MIRROR, ...more], cwd);
  const [index, downloads] = ended.stdout
    .trim()
    .split('\n')
    .map((line) => (line === '' ? {} : JSON.parse(line)));
  return { ended, index, downloads };
}

function stateOf(
  cwd: string,
): Record<string, unknown> & { readonly retry: { path: string; reason: string }[] } {
  return JSON.parse(readFileSync(join(cwd, 'm/.crates-mirror/index-cloner.json'), 'utf8'));
}

/** Counts that are not zero. */
function changes({ index }: Told): Record<string, number> {
  return Object.fromEntries(Object.entries(index.changes ?? {}).filter(([, count]) => count !== 0));
}

test('a clone and a mirror, then only what has changed, across a squashed history', {
  skip: SKIP,
}, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 30 });
  const first = await cloner(t, cwd, remote);
  assert.equal(first.ended.code, 0, first.ended.stderr);
  assert.deepEqual([first.index['selection'], first.index.changes], ['everything', null]);
  assert.deepEqual(sortedPaths(readTree(join(cwd, 'm'))), sortedPaths(remote.upstream.files));
  assert.equal(git(join(cwd, 'idx'), 'rev-list', '--count', 'HEAD'), '1');

  const asked = remote.upstream.requests;
  const idle = await cloner(t, cwd, remote);
  assert.deepEqual([idle.ended.code, idle.index['selection'], idle.downloads], [0, 'nothing', undefined]);
  assert.deepEqual(changes(idle), {});

  for (const name of ['new-one', 'new-two', 'new-three']) remote.add(name, '0.1.0');
  for (const name of ['crate-0001', 'crate-0002']) remote.add(name, '2.0.0', '2.0.1');
  remote.yank('crate-0003', '0.1.0');
  remote.remove('crate-0004');
  const commit = remote.publish();
  const update = await cloner(t, cwd, remote, '--changes-out', 'changes.jsonl');
  assert.equal(update.ended.code, 0, update.ended.stderr);
  assert.deepEqual(changes(update), {
    crate_added: 3,
    crate_changed: 3,
    crate_removed: 1,
    version_added: 7,
    version_removed: 3,
    version_yanked: 1,
  });
  assert.deepEqual([update.index['selection'], update.index['selected']], ['some', 6]);
  assert.equal(remote.upstream.requests - asked, 7, 'only new versions are asked for');
  assert.equal(update.downloads?.['processed'], 3 + 10 + 3);
  const reported = readFileSync(join(cwd, 'changes.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const yanked = reported.filter(({ change }) => change === 'version_yanked');
  assert.deepEqual(
    yanked.map(({ cksum: _, ...rest }) => rest),
    [
      {
        schema_version: 1,
        change: 'version_yanked',
        name: 'crate-0003',
        index_path: 'cr/at/crate-0003',
        version: '0.1.0',
        yanked: true,
      },
    ],
  );
  assert.equal(stateOf(cwd)['commit'], commit);
  assert.equal(existsSync(join(cwd, 'idx/cr/at/crate-0004')), false);
  assert.ok(existsSync(join(cwd, 'm/cr/at/crate-0004-0.1.0.crate')), 'mirrored files stay');

  git(remote.path('.'), 'push', '--quiet', join(cwd, 'served/index.git'), 'trunk:snapshot-2026-11-24');
  const squashed = remote.publish({ squashed: true });
  const same = await cloner(t, cwd, remote);
  assert.deepEqual(
    [same.ended.code, same.index['selection'], same.index['commit']],
    [0, 'nothing', squashed],
  );
  assert.deepEqual(changes(same), {});
  remote.yank('crate-0003', '0.1.0', false);
  remote.publish({ squashed: true });
  const unyanked = await cloner(t, cwd, remote);
  assert.deepEqual(changes(unyanked), { crate_changed: 1, version_unyanked: 1 });
  assert.deepEqual([unyanked.ended.code, unyanked.index['selected']], [0, 1]);
  assert.equal(
    git(join(cwd, 'idx'), 'rev-list', '--count', '--all'),
    '1',
    'no snapshot, and nothing that is no longer needed',
  );
  assert.equal(git(join(cwd, 'idx'), 'status', '--porcelain'), '');
  assert.deepEqual(
    readdirSync(cwd).filter((name) => /lock|partial/.test(name)),
    [],
  );
});

test('what failed is tried again, and what was done otherwise brings a full scan', {
  skip: SKIP,
}, async (t) => {
  const cwd = scratch(t);
  const [refused, missing] = ['0001', '0002'].map(
    (number) => `/crates/crate-${number}/crate-${number}-0.1.0.crate`,
  );
  const remote = await startIndexRemote(t, cwd, {
    crates: 5,
    faults: faultsByPath({
      [refused as string]: Array(2).fill({ kind: 'status', status: 418 }),
      [missing as string]: Array(2).fill({ kind: 'status', status: 404 }),
    }),
  });
  const reasons = () =>
    stateOf(cwd)
      .retry.map(({ path, reason }) => `${path} ${reason}`)
      .sort();
  const first = await cloner(t, cwd, remote);
  assert.equal(first.ended.code, 1);
  assert.equal(stateOf(cwd)['outcome'], 'failed');
  assert.deepEqual(reasons(), ['cr/at/crate-0001 failed', 'cr/at/crate-0002 missing_upstream']);

  // Meanwhile the clone is damaged in every way.
  const idx = (file: string) => join(cwd, 'idx/cr/at', file);
  writeFileSync(idx('crate-0000'), 'spoiled');
  rmSync(idx('crate-0004'));
  writeFileSync(idx('crate-9999'), readFileSync(idx('crate-0003')));
  writeFileSync(join(cwd, 'idx/.git/index.lock'), '');
  writeFileSync(join(cwd, 'idx/.git/objects/pack/tmp_pack_x'), '');
  remote.add('crate-0003', '3.0.0');
  remote.publish();
  const second = await cloner(t, cwd, remote);
  assert.equal(second.ended.code, 1, second.ended.stderr);
  assert.match(second.ended.stderr, /removed what a git that was killed had left: index\.lock, tmp_pack_x/);
  assert.match(
    second.ended.stderr,
    /put right in idx: 1 changed, 1 missing, 1 foreign files \(cr\/at\/crate-0000, cr\/at\/crate-0004, cr\/at\/crate-9999\)/,
  );
  assert.equal(second.index['selected'], 5, 'changed, failed, missing upstream, and both put right');
  assert.deepEqual(changes(second), { crate_changed: 1, version_added: 1 });
  assert.equal(existsSync(idx('crate-9999')), false);

  const third = await cloner(t, cwd, remote);
  assert.deepEqual([third.ended.code, third.index['selected']], [0, 2]);
  assert.deepEqual([third.downloads?.['downloaded'], reasons(), stateOf(cwd)['outcome']], [2, [], 'done']);

  const yankedNot = { ...remote, args: remote.args.filter((argument) => argument !== '--include-yanked') };
  for (const [which, more, selection] of [
    [yankedNot, [], 'everything'],
    [yankedNot, [], 'nothing'],
    [yankedNot, ['--full'], 'everything'],
    [yankedNot, ['--limit', '2'], 'everything'],
    [yankedNot, ['--retries', '5', '--threads', '7', '--manifest', 'other'], 'nothing'],
    [yankedNot, ['--', '--verify-existing'], 'everything'],
    [yankedNot, ['--bundle', '--bundle-mode', 'add'], 'everything'],
  ] as const) {
    const reported = await cloner(t, cwd, which, ...more);
    assert.deepEqual(
      [reported.ended.code, reported.index['selection']],
      [0, selection],
      `${more}: ${reported.ended.stderr}`,
    );
  }
  rmSync(join(cwd, 'bundles'), { recursive: true });
  const gone = await cloner(t, cwd, yankedNot, '--bundle', '--bundle-mode', 'add');
  assert.equal(gone.index['selection'], 'everything');
  assert.ok(existsSync(join(cwd, 'bundles/bundles.index.jsonl')));
});

test('a file of the index whose name no crate can have stops no later run', { skip: SKIP }, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 3 });
  const odd = 'cr/at/odd\\name';
  writeFileSync(remote.path(odd), readFileSync(remote.path('cr/at/crate-0001')));
  remote.publish();
  const first = await cloner(t, cwd, remote);
  assert.equal(first.ended.code, 1);
  assert.match(first.ended.stderr, /odd\\\\name:1: an entry of crate-0001 belongs in/);
  assert.deepEqual(stateOf(cwd).retry, []);
  // A mirror whose state already has this entry.
  const retry = [{ path: odd, reason: 'unusable', since: '2026-11-24T03:00:00.000Z' }];
  const file = join(cwd, 'm/.crates-mirror/index-cloner.json');
  writeFileSync(file, JSON.stringify({ ...stateOf(cwd), retry }));
  remote.add('crate-0002', '2.0.0');
  const commit = remote.publish();
  const second = await cloner(t, cwd, remote);
  assert.deepEqual([second.ended.code, second.index['selected']], [0, 1], second.ended.stderr);
  assert.deepEqual([stateOf(cwd)['commit'], stateOf(cwd).retry], [commit, []]);
});

test('a connection that breaks, kill -9 at any point, and two at once', { skip: SKIP }, async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(30);
  const remote = await startIndexRemote(t, cwd, { crates: 100, faults: gate.faults });
  const few = ['--concurrency', '10', '--index-retries', '3', '--index-retry-base', '10ms'];
  const start = () => startTool(t, 'index-cloner', [...remote.args, ...MIRROR, ...few], cwd);
  const nothingHalfDone = () =>
    assert.deepEqual(
      readdirSync(cwd).filter((name) => /lock|partial|^idx$/.test(name)),
      [],
    );
  const killWhen = async (isTime: () => boolean) => {
    const { child, ended } = start();
    while (child.exitCode === null && !isTime()) await sleep(5);
    assert.equal(child.exitCode, null);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    // Its downloader is still running, and keeps the pipes open.
    await exit;
    return { ended };
  };

  remote.wire.disturb(10, { after: 6000, by: 'cut' });
  const broken = await start().ended;
  assert.equal(broken.code, 1);
  assert.equal(remote.wire.disturbed, 4, 'once, and three more times');
  assert.match(broken.stderr, /git clone says: .*; trying again in .* \(3 of 3\)/);
  assert.match(
    broken.stderr,
    /\nindex-cloner: index idx: git clone says: .*\. Check the network and run again\n$/,
  );
  nothingHalfDone();
  assert.equal(existsSync(join(cwd, 'm')), false);

  remote.wire.disturb(1, { after: 6000, by: 'hold' });
  const stopped = start();
  while (remote.wire.disturbed < 5 && stopped.child.exitCode === null) await sleep(5);
  stopped.child.kill('SIGTERM');
  assert.equal((await stopped.ended).code, 130);
  nothingHalfDone();

  remote.wire.disturb(1, { after: 6000, by: 'hold' });
  await killWhen(() => remote.wire.disturbed === 6);
  remote.wire.disturb(2, { after: 6000, by: 'cut' });
  const killed = await killWhen(() => remote.upstream.requests > 20);
  gate.open();
  // A run started before its downloader has ended is refused.
  await killed.ended;
  assert.equal(existsSync(join(cwd, 'idx/.git')), true, 'a clone that breaks twice succeeds at last');
  assert.deepEqual(
    readdirSync(cwd).filter((name) => name.includes('partial')),
    [],
    'the killed clone is gone',
  );
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/index-cloner.json')), false);

  // The downloader of the killed run may still be at work, which the next run then reports.
  const next = async (): Promise<Ended> => {
    for (;;) {
      const ended = await start().ended;
      if (ended.code !== 2) return ended;
      assert.match(ended.stderr, /another run \(process \d+ on .*\) is working on m\. Wait for it/);
    }
  };
  remote.add('crate-0001', '2.0.0');
  for (let i = 0; i < 200; i++) remote.add(`late-${i}`, '1.0.0');
  remote.publish();
  remote.wire.disturb(1, { after: 6000, by: 'hold' });
  const held = start();
  while (remote.wire.disturbed < 9 && held.child.exitCode === null) await sleep(5);
  const second = await start().ended;
  assert.equal(second.code, 2);
  assert.match(
    second.stderr,
    new RegExp(
      `^index-cloner: another run \\(process ${held.child.pid} on .*\\) is working on m\\. Wait for it, or remove m/`,
    ),
  );
  held.child.kill('SIGKILL');
  await held.ended;
  const last = await next();
  assert.equal(last.code, 0, last.stderr);
  assert.equal(readTree(join(cwd, 'm')).size, 501);
  assert.equal(git(join(cwd, 'idx'), 'status', '--porcelain'), '');
  assert.deepEqual(
    readdirSync(join(cwd, 'idx/.git')).filter((name) => name.endsWith('.lock')),
    [],
  );
});

test('nobody’s downloader works on the mirror while its index changes', { skip: SKIP }, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 3 });
  const first = await cloner(t, cwd, remote);
  assert.equal(first.ended.code, 0, first.ended.stderr);
  const byHand = ['--index-dir', 'idx', '--out', 'm', ...remote.upstream.args.slice(2)];

  remote.wire.disturb(1, { after: 0, by: 'hold' });
  const held = startTool(t, 'index-cloner', [...remote.args, ...MIRROR], cwd);
  while (remote.wire.disturbed < 1 && held.child.exitCode === null) await sleep(5);
  const refused = await runTool(t, 'downloader', byHand, cwd);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, new RegExp(`another run \\(process ${held.child.pid} on .*is working on m`));
  held.child.kill('SIGTERM');
  assert.equal((await held.ended).code, 130);
  assert.equal((await runTool(t, 'downloader', byHand, cwd)).code, 0, 'the lock is gone');

  remote.add('crate-0001', '2.0.0');
  remote.publish();
  mkdirSync(join(cwd, 'place'));
  const { ended } = await cloner(t, cwd, remote, '--manifest', 'place');
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /place: it is a directory/);
  assert.match(ended.stderr, /the downloader was refused, .*: nothing was mirrored, and the next run has/);
  const next = await cloner(t, cwd, remote);
  assert.deepEqual([next.ended.code, next.index['selected']], [0, 1]);
});

test('the downloader has the terminal: a question, a progress bar, and a Ctrl-C that drains', {
  skip: SKIP,
}, async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('script is not installed');
    return;
  }
  const cwd = scratch(t);
  let gate = new Gate(8);
  const remote = await startIndexRemote(t, cwd, { crates: 60, faults: () => gate.faults() });
  const args = [...remote.args, '--index-dir', 'idx', '--output-dir', 'm', '--concurrency', '4'];
  const terminal = (): {
    type(text: string): void;
    shown(text: string | RegExp): Promise<void>;
    ended: Promise<number | null>;
    text(): string;
  } => {
    const command = [process.execPath, join(REPOSITORY, 'apps/index-cloner/src/main.js'), ...args].join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => child.kill());
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    const ended = new Promise<number | null>((done) => child.on('close', done));
    const shown = async (wanted: string | RegExp): Promise<void> => {
      while (!new RegExp(wanted).test(text) && child.exitCode === null) await sleep(20);
      assert.match(text, new RegExp(wanted));
    };
    return { type: (keys) => void child.stdin.write(keys), shown, ended, text: () => text };
  };

  const asked = terminal();
  await asked.shown('Download into m\\? \\[y/N\\]');
  assert.match(
    asked.text(),
    /Crates in the index: 60\. Files in place are not downloaded again\.\r?\nFree at m: [\d.]+ [kMGTP]?B\.\r?\n/,
  );
  asked.type('n\n');
  assert.equal(await asked.ended, 0, asked.text());
  assert.match(asked.text(), /nothing was downloaded; the next run has the same to do/);
  const refused = terminal();
  await refused.shown('Download into m');
  refused.type('\x03');
  assert.equal(await refused.ended, 130, refused.text());

  const run = terminal();
  await run.shown('Download into m');
  run.type('y\n');
  await run.shown(/\d+ ok|\d+ files|ETA|%/);
  while (remote.upstream.requests <= 8) await sleep(20);
  run.type('\x03');
  await run.shown('SIGINT: finishing the work in progress');
  gate.open();
  assert.equal(await run.ended, 130, run.text());
  assert.match(run.text(), /Interrupted after/);
  assert.doesNotMatch(run.text(), /stopped at once/);
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/index-cloner.json')), false);
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/index-cloner.lock')), false);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const before = remote.upstream.requests;
    gate = new Gate(8);
    const tool = startTool(t, 'index-cloner', [...args, '--yes'], cwd);
    while (remote.upstream.requests <= before + 8 && tool.child.exitCode === null) await sleep(20);
    tool.child.kill(signal);
    await untilLogged(tool, `${signal}: finishing the work in progress`);
    gate.open();
    const ended = await tool.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, new RegExp(`${signal}: finishing the work in progress`));
  }
});

test('an index as it is: of git with changes of its own, or a plain tree', { skip: SKIP }, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 4 });
  await cloner(t, cwd, remote);
  const idx = (number: number) => join(cwd, `idx/cr/at/crate-000${number}`);
  remote.add('crate-0001', '2.0.0');
  remote.publish();
  const content = readFileSync(idx(2));
  rmSync(idx(2));
  const skip = '--skip-index-update';
  const skipped = await cloner(t, cwd, remote, skip);
  assert.deepEqual([skipped.ended.code, skipped.index['selection'], changes(skipped)], [0, 'nothing', {}]);
  assert.match(skipped.ended.stderr, /files in idx that are not what its commit has: 1/);
  assert.deepEqual(
    stateOf(cwd).retry.map(({ path, reason }) => [path, reason]),
    [['cr/at/crate-0002', 'local']],
  );
  writeFileSync(idx(2), content);
  const back = await cloner(t, cwd, remote, skip);
  assert.deepEqual([back.ended.code, back.index['selected'], stateOf(cwd).retry], [0, 1, []]);

  rmSync(join(cwd, 'idx/.git'), { recursive: true });
  const plain = await cloner(t, cwd, remote, skip);
  assert.deepEqual(
    [plain.ended.code, plain.index['selection'], plain.index['commit']],
    [0, 'everything', null],
  );
  rmSync(join(cwd, 'idx'), { recursive: true });
  const again = await cloner(t, cwd, remote);
  assert.equal(again.ended.code, 0, again.ended.stderr);
  assert.match(
    again.ended.stderr,
    /idx no longer has the commit of the last run, [0-9a-f]{40}: changes cannot be determined/,
  );
  assert.equal(again.index['selection'], 'everything');
  assert.equal(again.downloads?.['downloaded'], 1);
});
