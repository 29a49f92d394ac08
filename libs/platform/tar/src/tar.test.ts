import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { END_OF_ARCHIVE, memberHeader, paddingOf, type TarMember } from './index.ts';

const LONG = 'directory/'.repeat(12);
const FILE = { type: 'file', size: 0, mode: 0o644, mtime: 0 } as const;

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'tar-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function tarOf(members: readonly (TarMember & { readonly content?: Buffer })[]): Buffer {
  const parts = members.flatMap(({ content = Buffer.alloc(0), ...member }) => [
    memberHeader({ ...member, size: content.length }),
    content,
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** Runs GNU tar with UTC and UTF-8. @returns undefined, with the test skipped, if tar is missing */
function gnuTar(t: TestContext, args: readonly string[]): Buffer | undefined {
  if (!/GNU tar/.test(String(spawnSync('tar', ['--version']).stdout))) {
    t.skip('GNU tar is not installed');
    return undefined;
  }
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  // GNU tar reports hdrcharset as unknown, but follows it.
  const { stdout, stderr, status } = spawnSync('tar', ['--warning=no-unknown-keyword', ...args], { env });
  assert.equal(`${stderr}${status}`, '0');
  return stdout;
}

test('GNU tar reads every kind of name, each with its content', (t) => {
  const names = [
    'plain',
    `a/${'n'.repeat(98)}`,
    `${LONG}${'n'.repeat(100)}`,
    `${'p'.repeat(155)}/${'n'.repeat(100)}`,
    `${'p'.repeat(156)}/${'n'.repeat(100)}`,
    'q'.repeat(101),
    `${LONG.repeat(3)}long`,
    'ümläut/名前',
    // The length of a pax record includes its own digits: 99 bytes, and 101.
    `ü${'n'.repeat(88)}`,
    `ü${'n'.repeat(89)}`,
    'quotes "\' and: colons',
    'new\nline\ttab\x01',
    ' spaces ',
    'back\\slash',
  ].map((name) => Buffer.from(name));
  names.push(Buffer.from('caf\xe9 \xff', 'latin1'), Buffer.from(`${'x'.repeat(120)}\xff\xfe`, 'latin1'));
  const members = names.map((path, i) => ({ ...FILE, path, content: Buffer.from(`content ${i}`) }));
  const archive = join(scratch(t), 'a.tar');
  writeFileSync(archive, tarOf(members));
  const listed = gnuTar(t, ['--quoting-style=literal', '--show-stored-names', '--null', '-tf', archive]);
  if (listed === undefined) return;
  assert.deepEqual(listed, Buffer.concat(names.flatMap((name) => [name, Buffer.from('\n')])));
  const contents = gnuTar(t, ['-xOf', archive]);
  assert.equal(String(contents), members.map(({ content }) => content).join(''));
});

test('files, directories and links have their modes, times and targets', (t) => {
  const archive = join(scratch(t), 'a.tar');
  const target = Buffer.from(`../${'t'.repeat(120)}`);
  const members: TarMember[] = [
    { path: Buffer.from('d'), type: 'directory', size: 0, mode: 0o755, mtime: 1_000_000_000 },
    { path: Buffer.from('d/run'), type: 'file', size: 0, mode: 0o755, mtime: -86_400 },
    { path: Buffer.from('d/far'), type: 'file', size: 0, mode: 0o644, mtime: 8 ** 11 },
    { ...FILE, path: Buffer.from('l'), type: 'symlink', mode: 0o777, target: Buffer.from('d/run') },
    { ...FILE, path: Buffer.from('m'), type: 'symlink', mode: 0o777, target },
  ];
  writeFileSync(archive, tarOf(members));
  const lines = gnuTar(t, ['--numeric-owner', '-tvf', archive]);
  if (lines === undefined) return;
  assert.deepEqual(String(lines).replace(/ +/g, ' ').trimEnd().split('\n'), [
    'drwxr-xr-x 0/0 0 2001-09-09 01:46 d/',
    '-rwxr-xr-x 0/0 0 1969-12-31 00:00 d/run',
    '-rw-r--r-- 0/0 0 2242-03-16 12:56 d/far',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00 l -> d/run',
    `lrwxrwxrwx 0/0 0 1970-01-01 00:00 m -> ${target}`,
  ]);
});

test('a pax header comes before a member that ustar has no room for, and before no other', () => {
  const named = (path: string): TarMember => ({ ...FILE, path: Buffer.from(path) });
  const linked = (length: number): TarMember => {
    return { ...FILE, path: Buffer.from('l'), type: 'symlink', target: Buffer.alloc(length, 't') };
  };
  const table: [TarMember, number][] = [
    [named('n'.repeat(100)), 1],
    [named('n'.repeat(101)), 3],
    [named(`d/${'n'.repeat(100)}`), 1],
    [named(`d/${'n'.repeat(101)}`), 3],
    [named(`${'p'.repeat(155)}/${'n'.repeat(100)}`), 1],
    [named(`${'p'.repeat(156)}/${'n'.repeat(100)}`), 3],
    [named('café'), 3],
    [linked(100), 1],
    [linked(101), 3],
    [{ ...named('n'), size: 2 ** 33 - 1 }, 1],
    [{ ...named('n'), size: 2 ** 33 }, 3],
    [{ ...named('n'), mtime: 0 }, 1],
    [{ ...named('n'), mtime: -1 }, 3],
    [{ ...named('n'), mtime: 2 ** 33 - 1 }, 1],
    [{ ...named('n'), mtime: 2 ** 33 }, 3],
  ];
  for (const [member, blocks] of table)
    assert.equal(memberHeader(member).length, 512 * blocks, `${member.path} ${member.size} ${member.mtime}`);
});

test('a file of more than 8 GiB', (t) => {
  const archive = join(scratch(t), 'a.tar');
  const size = 9 * 2 ** 30 + 1;
  const header = memberHeader({ ...FILE, path: Buffer.from('large'), size });
  const fd = openSync(archive, 'w');
  writeSync(fd, header);
  const next = header.length + size + paddingOf(size);
  const after = Buffer.concat([memberHeader({ ...FILE, path: Buffer.from('after') }), END_OF_ARCHIVE]);
  ftruncateSync(fd, next);
  writeSync(fd, after, 0, after.length, next);
  closeSync(fd);
  const lines = gnuTar(t, ['-tvf', archive]);
  if (lines === undefined) return;
  assert.match(String(lines), new RegExp(`^-rw-r--r-- 0/0 +${size} 1970-01-01 00:00 large\n.* after\n$`));
});

test('whatever the bytes of a name, a header is whole blocks and says the name', () => {
  const path = fc.uint8Array({ minLength: 1, maxLength: 700 }).map((bytes) => bytes.filter((b) => b !== 0));
  fc.assert(
    fc.property(path, (bytes) => {
      const header = memberHeader({ ...FILE, path: bytes });
      assert.equal(header.length % 512, 0);
      const place = bytes.length <= 100 ? header.subarray(0, 100) : header;
      const isInPlace = place.includes(bytes);
      const text = header.toString('latin1');
      const split = `${text.slice(345, 500).replace(/\0+$/, '')}/${text.slice(0, 100).replace(/\0+$/, '')}`;
      assert.ok(isInPlace || header.includes(bytes) || split === Buffer.from(bytes).toString('latin1'));
    }),
  );
});
