import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { END_OF_ARCHIVE, memberHeader, paddingOf } from '@crates-mirror/tar';
import fc from 'fast-check';
import { readTar } from '../index.ts';

/** Content by path. Each character of a path is one byte. */
type Tree = ReadonlyMap<string, string>;

const PYTHON = `
import sys, tarfile
archive = tarfile.open(sys.argv[1])
archive.extractall(sys.argv[2], **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))
`;
const PROGRAMS: Readonly<Record<string, (archive: string, into: string) => string[]>> = {
  tar: (archive, into) => ['--warning=no-unknown-keyword', '-C', into, '-xf', archive],
  bsdtar: (archive, into) => ['-C', into, '-xf', archive],
  python3: (archive, into) => ['-c', PYTHON, archive, into],
};

/** Strings that some readers treat specially, mostly at the start of a name. */
const HEADS = ['', 'c:', 'C:', '\\', '\\\\', '-', '~', '.', '..', '@', '#', ' ', '1:', 'c:\\', '\\\\?\\'];
const utf8Unit = fc.constantFrom(
  'a',
  'Z',
  ':',
  '\\',
  '.',
  ' ',
  '-',
  '\n',
  '"',
  '*',
  'é',
  '漢',
  '\u0301',
  '\u212b',
  '\u1100',
  '\u1161',
);
const byteUnit = fc.constantFrom('a', ':', '\\', '\xff', '\xe9', '\x80');

function names(unit: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const tail = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.string({ unit, minLength: 60, maxLength: 80 }) },
  );
  return fc
    .tuple(fc.constantFrom(...HEADS), tail)
    .map((parts) => parts.join(''))
    .filter((name) => !['', '.', '..'].includes(name));
}

function paths(unit: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const path = fc.array(names(unit), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  return fc.array(path, { minLength: 1, maxLength: 30 });
}

/** A tree in which no file has the path of a directory that another file needs. */
function treeOf(files: readonly string[], encoding: 'utf8' | 'latin1'): Tree {
  const tree = new Map<string, string>();
  for (const text of files) {
    const path = Buffer.from(text, encoding).toString('latin1');
    const isInTheWay = [...tree.keys()].some(
      (other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
    );
    if (!isInTheWay) tree.set(path, `content ${tree.size}`);
  }
  return tree;
}

function tarOf(tree: Tree): Buffer {
  const parts = [...tree].flatMap(([path, content]) => [
    memberHeader({
      path: Buffer.from(path, 'latin1'),
      type: 'file',
      size: content.length,
      mode: 0o644,
      mtime: 0,
    }),
    Buffer.from(content),
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

function treeIn(root: string): Tree {
  const tree = new Map<string, string>();
  const visit = (directory: string): void => {
    for (const entry of readdirSync(Buffer.from(join(root, directory), 'latin1'), {
      withFileTypes: true,
      encoding: 'buffer',
    })) {
      const path = join(directory, entry.name.toString('latin1'));
      if (entry.isDirectory()) visit(path);
      else tree.set(path, readFileSync(Buffer.from(join(root, path), 'latin1'), 'utf8'));
    }
  };
  visit('');
  return tree;
}

async function treeByTarStream(archive: string): Promise<Tree> {
  const tree = new Map<string, string>();
  for await (const { name, content } of readTar(archive)) {
    let text = '';
    for await (const piece of content) text += piece.toString();
    tree.set(Buffer.from(name.replace(/^\.\//, '')).toString('latin1'), text);
  }
  return tree;
}

function installed(t: TestContext): string[] {
  const found = Object.keys(PROGRAMS).filter((program) => spawnSync(program, ['--version']).status === 0);
  for (const program of Object.keys(PROGRAMS))
    if (!found.includes(program)) t.diagnostic(`${program} is not installed`);
  return found;
}

function sorted(tree: Tree): [string, string][] {
  return [...tree].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Unpacks with every available program. */
function assertUnpacks(tree: Tree, programs: readonly string[]): void {
  const directory = mkdtempSync(join(tmpdir(), 'readers-'));
  try {
    const archive = join(directory, 'a.tar');
    writeFileSync(archive, tarOf(tree));
    for (const program of programs) {
      const into = join(directory, program);
      mkdirSync(into);
      const args = PROGRAMS[program]?.(archive, into) ?? [];
      const { stderr, status } = spawnSync(program, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      assert.equal(`${stderr}${status}`, '0', program);
      assert.deepEqual(sorted(treeIn(into)), sorted(tree), program);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('GNU tar, bsdtar, Python and tar-stream give back one tree, whatever names begin with', async (t) => {
  const programs = installed(t);
  const directory = mkdtempSync(join(tmpdir(), 'readers-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const archive = join(directory, 'a.tar.zst');
  const composed = ['e\u0301', '\u00e9', `${'x'.repeat(101)}e\u0301`, `${'x'.repeat(101)}\u00e9`];
  const rooted = ['c:evil', 'evil', '\\srv', 'srv', 'c:\\x/y', 'c:d/e', 'd/e', `c:${'é'.repeat(100)}`];
  await fc.assert(
    fc.asyncProperty(paths(utf8Unit), async (files) => {
      const tree = treeOf(files, 'utf8');
      assertUnpacks(tree, programs);
      writeFileSync(archive, zstdCompressSync(tarOf(tree)));
      assert.deepEqual(sorted(await treeByTarStream(archive)), sorted(tree));
    }),
    { numRuns: 5, examples: [[rooted], [composed]] },
  );
});

test('names that are not UTF-8, which tar-stream cannot say, come back from the others', (t) => {
  const programs = installed(t);
  fc.assert(
    fc.property(paths(byteUnit), (files) => assertUnpacks(treeOf(files, 'latin1'), programs)),
    { numRuns: 3, examples: [[['c:\xff', '\\\xe9', 'plain']]] },
  );
});
