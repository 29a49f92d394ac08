import assert from 'node:assert/strict';
import { isAbsolute, join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkMemberPath, parseLayout } from './index.ts';

test('every layout’s paths pass, and a leading ./ is dropped', () => {
  const crate = { name: 'Serde_json', version: '1.0.0-rc.1+build.7', sha256: 'a'.repeat(64) };
  for (const layout of ['cargo', 'crate-dirs', 'upstream', 'go', 'x/{sha256-checksum}/{crate}/{version}']) {
    const path = parseLayout(layout).pathOf(crate);
    assert.deepEqual(checkMemberPath(path), { path });
    assert.deepEqual(checkMemberPath(`././/${path}`), { path });
  }
});

test('every kind of hostile name is refused, and why', () => {
  const table: [string, string][] = [
    ['', 'is empty'],
    ['./', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['.//etc/passwd/..', "has a '..' in it"],
    ['C:/x', 'is absolute'],
    ['c:x', 'is absolute'],
    ['a\\..\\b', 'has a backslash'],
    ['../x', "has a '..' in it"],
    ['a/../../x', "has a '..' in it"],
    ['a/..', "has a '..' in it"],
    ['a/./b', "has a '.' in it"],
    ['a//b', 'has an empty part'],
    ['a/', 'has an empty part'],
    ['a\nb', 'has a control character'],
    ['a\0b', 'has a control character'],
    ['a\ufffdb', 'is not UTF-8'],
    [`a/${'x'.repeat(256)}`, 'has a part of more than 255 bytes'],
    [`${'é'.repeat(128)}`, 'has a part of more than 255 bytes'],
    ['a/.. /b', "has a '.. ' in it"],
    ['...', "has a '...' in it"],
    ['x/'.repeat(2001), 'is longer than 4000 bytes'],
    ['.crates-mirror/lock', "is in .crates-mirror, which is the mirror's own"],
    ['.Crates-Mirror', "is in .crates-mirror, which is the mirror's own"],
  ];
  for (const [name, refused] of table)
    assert.deepEqual(checkMemberPath(name), { refused }, JSON.stringify(name));
});

test('names that some file system takes for a mirror’s own directory are refused, wherever it is', () => {
  const names = [
    '.crates-mirror./x',
    '.crates-mirror . /x',
    '.crates-mirror::$INDEX_ALLOCATION/x',
    'CRATES~1/x',
    'bundles/.crates-mirror/members-1/se',
    'bundles/CRATES~2/x',
    '.crate\u017f-mirror/x',
    '.crates\u200c-mirror/x',
  ];
  for (const name of names)
    assert.deepEqual(
      checkMemberPath(name),
      { refused: "is in .crates-mirror, which is the mirror's own" },
      JSON.stringify(name),
    );
  for (const path of ['.crates-mirrors/x', 'crates/x', 'a/ſerde', 'my.crates-mirror/x'])
    assert.deepEqual(checkMemberPath(path), { path });
});

test('no name that passes leads out of the root', () => {
  const part = fc.oneof(
    fc.constantFrom('.', '..', '', '/', '\\', '~', 'a', '.crates-mirror', '\0'),
    fc.string({ maxLength: 5 }),
  );
  const names = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(names, (name) => {
      const checked = checkMemberPath(name);
      if ('refused' in checked) return;
      const inside = relative('/mirror', join('/mirror', checked.path));
      assert.ok(inside !== '' && !/^\.\.[. ]*(\/|$)/.test(inside) && !isAbsolute(inside), name);
      assert.equal(inside, checked.path);
    }),
    { numRuns: 2000 },
  );
});
