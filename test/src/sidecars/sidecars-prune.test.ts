import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHeld } from '../support/held.ts';
import { readTree, scratch, startTool } from '../support/tools.ts';
import { CKSUM, generator, line, MAIN, writeIndex } from './sidecar-tools.ts';

/** An index of 10,000 versions of twenty crates below `go/ne`, and one other. */
function writeGone(cwd: string): void {
  const crates: Record<string, string[]> = { 'se/rd/serde': [line('serde', '1.0.0')] };
  for (let i = 0; i < 20; i++)
    crates[`go/ne/gone-${i}`] = Array.from({ length: 500 }, (_, patch) => line(`gone-${i}`, `1.0.${patch}`));
  writeIndex(cwd, crates);
}

const SECOND_REMOVAL = { on: 'unlink', before: 'm/go/ne/', from: 1 } as const;

test('--prune removes its own sidecars of versions that are gone, and nothing else', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, {
    'se/rd/serde': [line('serde', '1.0.0'), line('serde', '1.0.1')],
    'go/ne/gone': [line('gone', '1.0.0')],
    'br/ok/broken': [line('broken', '1.0.0')],
  });
  await generator(t, cwd, '--out', 'm');
  const at = (path: string): string => join(cwd, 'm', path);
  const sidecar = readFileSync(at('se/rd/serde-1.0.1.crate.json'), 'utf8');
  writeFileSync(at('se/rd/serde-1.0.1.crate'), 'a crate file');
  writeFileSync(at('se/rd/notes.json'), '{"name":"serde","vers":"9.9.9"}');
  writeFileSync(at('se/rd/copy-of-serde-1.0.1.crate.json'), sidecar);
  writeFileSync(at('se/rd/torn.json'), '{"name"');
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')], 'br/ok/broken': ['{'] });
  rmSync(join(cwd, 'index/go'), { recursive: true });
  const before = readTree(join(cwd, 'm'));

  const asked = await generator(t, cwd, '--out', 'm', '--prune');
  assert.equal(asked.code, 2);
  assert.equal(
    asked.stderr,
    'sidecar-generator: --prune asks before it removes anything, and there is no terminal to ask on. Add --yes\n',
  );
  assert.deepEqual(readTree(join(cwd, 'm')), before);

  const pruned = await generator(t, cwd, '--out', 'm', '--prune', '--yes');
  assert.equal(pruned.code, 1);
  assert.match(pruned.stdout, /pruned +2 /);
  const after = readTree(join(cwd, 'm'));
  assert.deepEqual([...before.keys()].filter((path) => !after.has(path)).sort(), [
    'go/ne/gone-1.0.0.crate.json',
    'se/rd/serde-1.0.1.crate.json',
  ]);
});

test('--prune removes sidecars whose path no entry has any more', async (t) => {
  const cwd = scratch(t);
  const layout = '{crate}/{crate}-{version}-{sha256-checksum}';
  const nested = Array.from({ length: 1_000_000 }, () => 0);
  const wide = (vers: string): string =>
    line('wide', vers, `,"extra":${JSON.stringify([[[[[[[nested]]]]]]])}`);
  writeIndex(cwd, {
    'se/rd/serde': [line('Serde', '1.0.0'), line('Serde', '1.0.1')],
    '3/f/foo': [line('foo', '1.0.0')],
    'wi/de/wide': [wide('1.0.0'), wide('1.0.1')],
  });
  const args = ['--out', 'm', '--layout', layout];
  assert.equal((await generator(t, cwd, ...args)).code, 0);
  const path = (name: string, version: string, cksum = CKSUM): string =>
    `${name}/${name}-${version}-${cksum}.json`;
  assert.ok(statSync(join(cwd, 'm', path('wide', '1.0.0'))).size > 16 << 20);
  const changed = 'b'.repeat(64);
  writeIndex(cwd, {
    'se/rd/serde': [line('serde', '1.0.0'), line('Serde', '1.0.1')],
    '3/f/foo': [line('foo', '1.0.0').replace(CKSUM, changed)],
    'wi/de/wide': [wide('1.0.1')],
  });
  const pruned = await generator(t, cwd, ...args, '--prune', '--yes');
  assert.equal(pruned.code, 0, pruned.stderr);
  assert.match(pruned.stdout, /pruned +3 /);
  assert.deepEqual(
    [...readTree(join(cwd, 'm')).keys()].sort(),
    [
      path('Serde', '1.0.1'),
      path('foo', '1.0.0', changed),
      path('serde', '1.0.0'),
      path('wide', '1.0.1'),
    ].sort(),
  );
});

test('on a terminal --prune asks, and no is no', async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('script is not installed');
    return;
  }
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')], 'go/ne/gone': [line('gone', '1.0.0')] });
  await generator(t, cwd, '--out', 'm');
  rmSync(join(cwd, 'index/go'), { recursive: true });
  const command = `${process.execPath} ${MAIN} --index-dir index --out m --prune`;
  for (const [answer, isThere] of [
    ['n', true],
    ['y', false],
  ] as const) {
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => child.kill());
    let stdout = '';
    child.stdout.on('data', (data) => {
      if (!stdout.includes('[y/N]') && `${stdout}${data}`.includes('[y/N]')) child.stdin.write(`${answer}\n`);
      stdout += data;
    });
    await once(child, 'close');
    assert.match(
      stdout,
      /The index no longer has what 1 sidecar in m describes:\s+go\/ne\/gone-1\.0\.0\.crate\.json\s+Remove them\? \[y\/N\]/,
    );
    assert.equal(existsSync(join(cwd, 'm/go/ne/gone-1.0.0.crate.json')), isThere, stdout);
  }
});

test('what cannot be read or removed is reported, and the rest is pruned', (t) => {
  const cwd = scratch(t);
  // Root may do everything, so another user runs this.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8', ...user });
  chmodSync(cwd, 0o777);
  if (run('--version').status !== 0) {
    t.skip('another user cannot run the tools from here');
    return;
  }
  writeIndex(cwd, {
    'se/rd/serde': [line('serde', '1.0.0')],
    'fi/rs/first': [line('first', '1.0.0')],
    'wi/th/within': [line('within', '1.0.0')],
    'la/st/last': [line('last', '1.0.0')],
  });
  const args = ['--index-dir', 'index', '--out', 'm'];
  assert.equal(run(...args).status, 0);
  for (const shard of ['fi', 'wi', 'la']) rmSync(join(cwd, 'index', shard), { recursive: true });
  mkdirSync(join(cwd, 'm/lost+found'), { mode: 0 });
  writeFileSync(join(cwd, 'm/se/rd/secret.json'), '{}', { mode: 0 });
  chmodSync(join(cwd, 'm/wi/th'), 0o555);
  if (user.uid !== undefined) chownSync(join(cwd, 'm/wi/th'), 0, 0);
  const pruned = run(...args, '--prune', '--yes');
  assert.equal(pruned.status, 1, pruned.stderr);
  assert.match(pruned.stdout, /pruned +2 /);
  assert.match(pruned.stdout, /unusable +3 /);
  const lines = pruned.stderr.trimEnd().split('\n').sort();
  assert.equal(lines.length, 3, pruned.stderr);
  for (const message of [
    'WARN lost+found: cannot be read: EACCES',
    'WARN se/rd/secret.json: cannot be read: EACCES',
    'WARN wi/th/within-1.0.0.crate.json: cannot be removed: EACCES',
  ])
    assert.ok(
      lines.some((one) => one.includes(message)),
      `${message}: ${pruned.stderr}`,
    );
  const left = readdirSync(join(cwd, 'm'), { recursive: true }).filter((path) =>
    String(path).endsWith('.crate.json'),
  );
  assert.deepEqual(left.sort(), ['se/rd/serde-1.0.0.crate.json', 'wi/th/within-1.0.0.crate.json']);
  assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror')), ['mirror.json']);
  chmodSync(join(cwd, 'm/lost+found'), 0o755);
  chmodSync(join(cwd, 'm/wi/th'), 0o755);
});

test('nothing is pruned where a part of the index could not be read', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')], 'go/ne/gone': [line('gone', '1.0.0')] });
  await generator(t, cwd, '--out', 'm');
  rmSync(join(cwd, 'index/go'), { recursive: true });
  symlinkSync('nowhere', join(cwd, 'index/se/rd/link'));
  const { code, stdout, stderr } = await generator(t, cwd, '--out', 'm', '--prune', '--yes');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /ERROR nothing is pruned: a file or directory could not be used, see the warnings above\. Put that right and run again\n$/,
  );
  assert.match(stdout, /pruned +0 /);
  assert.equal(existsSync(join(cwd, 'm/go/ne/gone-1.0.0.crate.json')), true);
});

test('an index that goes away while it is pruned by ends the pruning', async (t) => {
  const cwd = scratch(t);
  writeGone(cwd);
  await generator(t, cwd, '--out', 'm');
  rmSync(join(cwd, 'index/go'), { recursive: true });
  const args = ['--index-dir', 'index', '--out', 'm', '--prune', '--yes', '--log-level', 'debug'];
  const tool = await startHeld(t, 'sidecar-generator', args, cwd, SECOND_REMOVAL);
  renameSync(join(cwd, 'index'), join(cwd, 'away'));
  tool.release();
  const { code, stdout, stderr } = await tool.ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /ERROR pruning stopped: \S+index is no longer the index that this run began with\. Run again/,
  );
  assert.match(stdout, /^Stopped after /);
  assert.ok(readdirSync(join(cwd, 'm/go/ne')).length > 0);
});

test('a signal stops pruning between two files, and what reads a manifest where it stands', async (t) => {
  const cwd = scratch(t);
  writeGone(cwd);
  assert.equal((await generator(t, cwd, '--out', 'm')).code, 0);
  rmSync(join(cwd, 'index/go'), { recursive: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const before = readdirSync(join(cwd, 'm/go/ne')).length;
    const args = ['--index-dir', 'index', '--out', 'm', '--prune', '--yes', '--log-level', 'debug'];
    const tool = await startHeld(t, 'sidecar-generator', args, cwd, SECOND_REMOVAL);
    tool.child.kill(signal);
    tool.release();
    const { code, stdout } = await tool.ended;
    assert.equal(code, 130);
    const left = readdirSync(join(cwd, 'm/go/ne')).length;
    assert.ok(left > 0 && left < before, `${left} of ${before}`);
    assert.match(stdout, /^Interrupted after /);
    const [, pruned = ''] = /pruned +([\d,]+) /.exec(stdout) ?? [];
    assert.equal(Number(pruned.replaceAll(',', '')), before - left);
    assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror')), ['mirror.json']);
  }

  spawnSync('mkfifo', [join(cwd, 'manifest')]);
  const reading = startTool(
    t,
    'sidecar-generator',
    ['--index-dir', 'index', '--out', 'n', '--manifest', 'manifest'],
    cwd,
  );
  // Resolves when the other end is open as well.
  const writer = await open(join(cwd, 'manifest'), 'w');
  t.after(() => writer.close());
  reading.child.kill('SIGINT');
  assert.deepEqual([(await reading.ended).code, reading.child.signalCode], [null, 'SIGINT']);
  assert.equal(existsSync(join(cwd, 'n')), false);
});

test('nothing is pruned where nothing is selected', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  await generator(t, cwd, '--out', 'm');
  const before = readTree(join(cwd, 'm'));
  writeFileSync(join(cwd, 'names'), '# none yet\n');
  const ended = await generator(t, cwd, '--out', 'm', '--names', 'names', '--prune', '--yes');
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, / ERROR nothing is pruned: no version of the index is selected\. Check /);
  assert.match(ended.stdout, /^Stopped after /);
  assert.deepEqual(readTree(join(cwd, 'm')), before);
});
