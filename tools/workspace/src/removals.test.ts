import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(REPOSITORY, 'docs/removals.md'), 'utf8');

/** Calls that remove files. Removing a directory only if it is empty loses nothing. */
const REMOVAL =
  /(?<!function )\b(rmSync|rm|unlinkSync|unlink|truncateSync|truncate|removeTemporaries|unlinkQuietly)\(/;

function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

/** Targets of links, relative to the repository's root. */
const linked = new Set(Array.from(PAGE.matchAll(/\]\(\.\.\/([^)]+)\)/g), ([, path]) => path as string));

test('every row of docs/removals.md names code, evidence and tests', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| ['));
  assert.ok(rows.length > 25, `${rows.length} rows`);
  for (const row of rows) {
    const cells = row.split(' | ');
    assert.equal(cells.length, 5, row);
    assert.match(cells[4] as string, /\.test\.ts\)/, row);
  }
});

test('every file that docs/removals.md names is there', () => {
  for (const path of linked) assert.ok(existsSync(join(REPOSITORY, path)), path);
});

test('every test that docs/removals.md names is there', () => {
  const named = [...PAGE.matchAll(/\]\(\.\.\/([^)]+\.test\.ts)\): "([^"]+)"/g)];
  assert.ok(named.length > 50, `${named.length} tests`);
  for (const [, path, name] of named)
    assert.ok(
      ["'", '"', '`'].some((quote) => read(path as string).includes(`test(${quote}${name}${quote}`)),
      `${path}: ${name}`,
    );
});

test('no code removes anything in a file that docs/removals.md does not name', () => {
  const sources = globSync('{apps,libs}/**/src/**/*.ts', {
    cwd: REPOSITORY,
    exclude: ['**/node_modules/**'],
  });
  const removing = sources.filter(
    (path) => !/\.test\.ts$|test-crates/.test(path) && REMOVAL.test(read(path)),
  );
  assert.ok(removing.length > 15, `${removing.length} files`);
  assert.deepEqual(
    removing.filter((path) => !linked.has(path)),
    [],
  );
});
