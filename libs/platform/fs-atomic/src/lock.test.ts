import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, type TestContext, test } from 'node:test';
import { acquireLock, hasEnded, isLock, type LockHolder, lockHolder, thisProcess } from './index.ts';
import { guarded } from './lock-guard.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

const pidNamespace = existsSync('/proc/self/ns/pid') ? readlinkSync('/proc/self/ns/pid') : '';

function holderFile(holder: Partial<LockHolder>): void {
  writeFileSync(path, JSON.stringify({ host: hostname(), started: '', since: '', pidNamespace, ...holder }));
}

test('a second taker learns who holds it; after the release it is free', () => {
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  const second = acquireLock(path);
  assert.ok(!isLock(second));
  assert.equal(second.pid, process.pid);
  lock.release();
  assert.equal(existsSync(path), false);
});

test('a lock that cannot be removed is left to the next run without a word', (t) => {
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  t.mock.method(fs, 'unlinkSync', () => {
    throw Object.assign(new Error('read-only file system'), { code: 'EROFS', syscall: 'unlink' });
  });
  syncBuiltinESMExports();
  try {
    lock.release();
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.equal(existsSync(path), true);
});

test('a lock by a relative path is kept and released from any working directory', (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(dirname(path));
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lock = acquireLock(basename(path));
  assert.ok(isLock(lock));
  utimesSync(path, 1, 1);
  process.chdir(before);
  t.mock.timers.tick(30_000);
  assert.ok(statSync(path).mtimeMs > 1000);
  lock.release();
  assert.equal(existsSync(path), false);
});

test('who holds a lock can be asked without taking it', () => {
  assert.equal(lockHolder(path), undefined);
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  assert.equal(lockHolder(path)?.pid, process.pid);
  lock.release();
  holderFile({ pid: spawnSync(process.execPath, ['--version']).pid });
  assert.equal(lockHolder(path), undefined);
  assert.ok(existsSync(path));
});

test('the lock of a dead process, a torn one and one of a recycled process id are taken over', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const stale = [() => holderFile({ pid }), () => writeFileSync(path, '{"pi'), () => writeFileSync(path, '')];
  if (existsSync('/proc/self/stat')) stale.push(() => holderFile({ pid: process.ppid, started: '1' }));
  for (const leave of stale) {
    leave();
    const lock = acquireLock(path);
    assert.ok(isLock(lock));
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
    lock.release();
  }
});

test('a file that names no holder is no lock', () => {
  for (const text of ['null', '5', '"pid host"', '{"pid":1}', `{"host":${JSON.stringify(hostname())}}`]) {
    writeFileSync(path, text);
    assert.equal(lockHolder(path), undefined, text);
    const lock = acquireLock(path);
    assert.ok(isLock(lock), text);
    lock.release();
  }
});

test('only a process of this machine and container can be known to have ended', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const dead = { ...thisProcess(), pid };
  assert.equal(hasEnded(dead), true);
  assert.equal(hasEnded({ ...dead, host: 'elsewhere.example' }), false);
  assert.equal(hasEnded({ ...dead, pidNamespace: 'pid:[1]' }), false);
  assert.equal(hasEnded(thisProcess()), false);
});

test('a lock file that cannot be linked for another reason than a holder is an error', (t) => {
  const link = t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('EIO: i/o error, link'), { code: 'EIO' });
  });
  syncBuiltinESMExports();
  try {
    assert.throws(() => acquireLock(path), { code: 'EIO' });
    // Another container has taken the temporary file for a leftover.
    link.mock.mockImplementation(() => {
      link.mock.restore();
      syncBuiltinESMExports();
      throw Object.assign(new Error('ENOENT: no such file, link'), { code: 'ENOENT' });
    });
    syncBuiltinESMExports();
    const lock = acquireLock(path);
    assert.ok(isLock(lock));
    lock.release();
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

test('a guard keeps others out as long as its process can be at work', () => {
  const guard = `${path}.takeover`;
  assert.equal(
    guarded(path, () => guarded(path, () => 'both')),
    undefined,
  );
  assert.equal(existsSync(guard), false);
  writeFileSync(guard, '');
  const takeover = (): string | undefined => guarded(path, () => 'taken over');
  assert.deepEqual([takeover(), existsSync(guard)], [undefined, true]);
  const longAgo = new Date(Date.now() - 11_000);
  utimesSync(guard, longAgo, longAgo);
  assert.deepEqual([takeover(), takeover(), existsSync(guard)], [undefined, 'taken over', false]);
});

test('a zombie holds nothing', async (t) => {
  if (!existsSync('/proc/self/stat')) {
    t.skip('this system has no /proc');
    return;
  }
  // The child ends after the shell has become another sleep, which never waits for it.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => parent.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (data) => resolve(Number(data))),
  );
  const state = (): string | undefined => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  while (state() !== 'Z') await new Promise((resume) => setTimeout(resume, 5));
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  holderFile({ pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '' });
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  lock.release();
});

const WITHOUT_LINKS = `
  const { default: fs } = await import('node:fs');
  fs.linkSync = () => { throw Object.assign(new Error('EPERM: link'), { code: 'EPERM' }) };
  (await import('node:module')).syncBuiltinESMExports();
`;

test('of many processes that find a stale lock, one takes it over', (t) => oneTakesIt(t, ''));

test('without hard links, too, one of many takes it over', (t) => oneTakesIt(t, WITHOUT_LINKS));

async function oneTakesIt(t: TestContext, preamble: string): Promise<void> {
  const script = `
    ${preamble}
    const { acquireLock, isLock } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    process.stdin.on('data', () => console.log(isLock(acquireLock(process.argv[1])) ? 'took' : 'saw'));
    console.log('ready');
  `;
  const { pid } = spawnSync(process.execPath, ['--version']);
  holderFile({ pid });
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module-typescript', '-e', script, path]),
  );
  t.after(() => children.map((child) => child.kill()));
  const said = (): Promise<string[]> =>
    Promise.all(children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
  await said();
  const outcomes = said();
  // Each stays alive until all have checked.
  for (const { stdin } of children) stdin.write('go');
  const took = (await outcomes).filter((one) => one === 'took');
  assert.equal(took.length, 1, (await outcomes).join(' '));
}

test('a lock that another run has taken meanwhile is not released', () => {
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  const { since } = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  rmSync(path);
  lock.release();
  for (const other of [
    { pid: process.ppid },
    { pid: process.pid, since: 'later' },
    { pid: process.ppid, since },
  ]) {
    holderFile(other);
    lock.release();
    assert.equal(existsSync(path), true);
  }
});

test('a process that cannot be seen, in another container, holds the lock as long as it shows that it lives', (t) => {
  const unseen = { pid: 2 ** 22 + 1, pidNamespace: 'pid:[1]' };
  holderFile(unseen);
  assert.ok(!isLock(acquireLock(path)));
  const silentSince = new Date(Date.now() - 11 * 60_000);
  utimesSync(path, silentSince, silentSince);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lock = acquireLock(path);
  assert.ok(isLock(lock));
  utimesSync(path, silentSince, silentSince);
  t.mock.timers.tick(60_000);
  assert.ok(statSync(path).mtimeMs > silentSince.getTime());
  // A lock taken over by another process is not kept alive.
  const own = readFileSync(path);
  holderFile(unseen);
  utimesSync(path, silentSince, silentSince);
  t.mock.timers.tick(60_000);
  assert.equal(statSync(path).mtimeMs, silentSince.getTime());
  writeFileSync(path, own);
  lock.release();
  t.mock.timers.tick(60_000);
  assert.equal(existsSync(path), false);
});

test('a holder in another pid namespace of this machine is not taken for dead', async (t) => {
  const script = `
    const { acquireLock, isLock } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    console.log(isLock(acquireLock(process.argv[1])) ? 'took' : 'saw');
  `;
  const take = [process.execPath, '--input-type=module-typescript', '-e', script, path];
  const own = acquireLock(path);
  assert.ok(isLock(own));
  const { status, stdout } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', ...take], {
    encoding: 'utf8',
  });
  own.release();
  if (status !== 0) t.skip('unshare needs root');
  else assert.equal(stdout.trim(), 'saw');
});

test('a lock of an earlier version, which says no namespace, is judged by its process', () => {
  const silentSince = new Date(Date.now() - 60 * 60_000);
  const stat = existsSync('/proc/self/stat') ? readFileSync(`/proc/${process.ppid}/stat`, 'utf8') : '';
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  writeFileSync(path, JSON.stringify({ pid: process.ppid, host: hostname(), started, since: '' }));
  utimesSync(path, silentSince, silentSince);
  assert.ok(!isLock(acquireLock(path)));
});

test('a holder on another machine is believed', () => {
  holderFile({ pid: 1, host: 'elsewhere.example' });
  const result = acquireLock(path);
  assert.ok(!isLock(result));
  assert.equal(result.host, 'elsewhere.example');
});
