import assert from 'node:assert/strict';
import { win32 } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkMemberPath, parseLayout } from './index.ts';
import { windowsFlaw } from './windows-name.ts';

test('every name that Windows cannot have is found, and why', () => {
  const table: [string, string][] = [
    ['3/n/nul/nul-1.0.0.crate', "has 'nul' in it, which is a device on Windows"],
    ['CON', "has 'CON' in it, which is a device on Windows"],
    ['Aux.crate', "has 'Aux.crate' in it, which is a device on Windows"],
    ['com1.tar.gz', "has 'com1.tar.gz' in it, which is a device on Windows"],
    ['lpt²', "has 'lpt²' in it, which is a device on Windows"],
    ['prn .x', "has 'prn .x' in it, which is a device on Windows"],
    ['a./b', "has 'a.' in it, of which Windows drops the end"],
    ['a/b ', "has 'b ' in it, of which Windows drops the end"],
    ['a:b', "has a character that Windows does not allow: 'a:b'"],
    ['x'.repeat(256), 'has a part of more than 255 characters'],
  ];
  for (const [path, flaw] of table) assert.equal(windowsFlaw(path), flaw, path);
  for (const path of ['nul-1.0.0.crate', 'com10', 'console', 'au/x', 'COM', 'a.b'])
    assert.equal(windowsFlaw(path), undefined, path);
});

test('the layout of cargo has no path that Windows lacks, save by what the crate is called', () => {
  const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
  const versions = fc.stringMatching(/^\d\.\d\.\d(-[A-Za-z0-9]{1,5})?$/);
  fc.assert(
    fc.property(names, versions, (name, version) => {
      const crate = { name, version, sha256: '' };
      const path = parseLayout('cargo').pathOf(crate);
      assert.equal(windowsFlaw(path), undefined);
      assert.equal(win32.isAbsolute(path), false);
      assert.ok(win32.resolve('C:\\mirror', path).startsWith('C:\\mirror\\'));
      const upstream = windowsFlaw(parseLayout('upstream').pathOf(crate));
      const isDevice = /^(con|prn|aux|nul|(com|lpt)\d)$/i.test(name);
      assert.equal(upstream !== undefined, isDevice, name);
    }),
  );
});

test('a member of such a name is refused on Windows alone', () => {
  assert.deepEqual(checkMemberPath('nul/nul-1.0.0.crate', 'win32'), {
    refused: "has 'nul' in it, which is a device on Windows",
  });
  assert.deepEqual(checkMemberPath('nul/nul-1.0.0.crate', 'linux'), { path: 'nul/nul-1.0.0.crate' });
});
