import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import {
  checkMarker,
  crateUrls,
  LAYOUT_NAMES,
  mirrorHome,
  parseCratesBaseUrl,
  parseCrateUrl,
  parseLayout,
  prepareHome,
  readLayout,
} from './index.ts';

const SHA = 'c'.repeat(64);
const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
const versions = fc.stringMatching(
  /^\d{1,3}\.\d{1,3}\.\d{1,3}(-[a-z0-9]{1,5}(\.[0-9]{1,3})?)?(\+[a-z0-9.]{0,5}[a-z0-9])?$/,
);

test('every layout by example', () => {
  const table: [string, string, string, string][] = [
    ['cargo', 'serde', '1.0.0', 'se/rd/serde-1.0.0.crate'],
    ['cargo', 'Inflector', '0.1.0+x', 'in/fl/Inflector-0.1.0+x.crate'],
    ['cargo', 'syn', '1.0.0', '3/s/syn-1.0.0.crate'],
    ['cargo', 'a', '1.0.0', '1/a-1.0.0.crate'],
    ['crate-dirs', 'Inflector', '0.1.0', 'in/fl/Inflector/Inflector-0.1.0.crate'],
    ['upstream', 'serde', '1.0.0', 'serde/serde-1.0.0.crate'],
    ['go', 'serde', '1.0.0', 's/er/serde-1.0.0.crate'],
    ['go', 'a-bcd', '1.0.0', 'a-/bc/a-bcd-1.0.0.crate'],
    ['go', 'syn', '1.0.0', 'syn/syn-1.0.0.crate'],
    ['{sha256-checksum}/{prefix}/{crate}@{version}', 'Ab', '1.0.0', `${SHA}/2/Ab@1.0.0`],
  ];
  for (const [layout, name, version, path] of table) {
    assert.equal(parseLayout(layout).pathOf({ name, version, sha256: SHA }), path, layout);
  }
});

test('a layout does not mix up the crates that it is asked for in turn', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, versions), { minLength: 2, maxLength: 6 }), (crates) => {
      const one = parseLayout('{prefix}/{lowerprefix}/{crate}-{version}-{sha256-checksum}');
      for (const [name, version] of crates) {
        const crate = { name, version, sha256: SHA };
        const another = parseLayout('{prefix}/{lowerprefix}/{crate}-{version}-{sha256-checksum}');
        assert.equal(one.pathOf(crate), another.pathOf(crate));
        assert.ok(one.pathOf(crate).endsWith(`/${name}-${version}-${SHA}`));
      }
    }),
  );
});

test('no layout ever leaves the root, and no two versions share a path', () => {
  const layouts = LAYOUT_NAMES.map(parseLayout);
  fc.assert(
    fc.property(names, versions, names, versions, (name, version, otherName, otherVersion) => {
      fc.pre(isCrateName(name) && isCrateVersion(version) && isCrateVersion(otherVersion));
      for (const layout of layouts) {
        const path = layout.pathOf({ name, version, sha256: SHA });
        assert.equal(posix.normalize(path), path);
        assert.ok(!path.startsWith('/') && !path.startsWith('..') && !path.includes('/../'));
        if (name === otherName && version === otherVersion) continue;
        const other = layout.pathOf({ name: otherName, version: otherVersion, sha256: SHA });
        // `a` 1.0.0-b-2.0.0 and `a-1.0.0-b` 2.0.0 cannot both exist, because a name has no dots.
        assert.notEqual(path, other);
      }
    }),
  );
});

test('templates that are unsafe or ambiguous are refused', () => {
  const bad = [
    '',
    'nonsense',
    '{crate}.crate',
    '{crate}/crate',
    '{version}',
    '/{crate}-{version}',
    '../{crate}-{version}',
    'a/../{crate}-{version}',
    './{crate}-{version}',
    '{crate}//{version}',
    '{crate}/{version}/',
    '{crate}\\{version}',
    '{crate}-{version}-{nope}',
    '{crate}-{version}-{',
    '{crate}-{version}\n',
    '.crates-mirror/{crate}-{version}',
    '.{crate}/{version}',
    '{crate}{version}',
    '{crate}1{version}',
    '{version}{crate}',
    'nul/{crate}-{version}',
    '{crate}-{version}.',
    'a /{crate}-{version}',
  ];
  for (const text of bad) assert.throws(() => parseLayout(text), UsageError, text);
});

test('a marker that no mirror was ever made with is damaged; one of a later version or another layout is not', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'marker-'));
  t.after(() => rmSync(root, { recursive: true }));
  const path = join(root, '.crates-mirror/mirror.json');
  const cargo = parseLayout('cargo');
  checkMarker(root, cargo);
  prepareHome(mirrorHome(root), cargo, [join(root, '.crates-mirror')]);
  checkMarker(root, cargo);
  const text = readFileSync(path, 'utf8');
  const damaged = [
    '',
    text.slice(0, 20),
    '[]',
    '"x"',
    'null',
    '{}',
    text.replace('lowerprefix', 'lOwerprefmx'),
    text.replace('{version}', '[version}'),
    text.replace('"layout"', '"layouu"'),
    text.replace(':1,', ':"1",'),
  ];
  for (const content of damaged) {
    writeFileSync(path, content);
    const expected = {
      name: 'UsageError',
      message: `${path} is damaged`,
      hint: 'Remove it if you are sure of the layout, and run again',
    };
    assert.throws(() => checkMarker(root, cargo), expected, content);
    assert.throws(() => readLayout(root), expected, content);
  }
  writeFileSync(path, '{"format_version":2,"layout":{}}');
  assert.throws(() => checkMarker(root, cargo), /mirror\.json has format 2, this tool knows 1$/);
  writeFileSync(path, text);
  assert.throws(() => checkMarker(root, parseLayout('go')), /with the layout 'cargo', not 'go'$/);
});

test('upstream URLs, plus encoded, from a base or from a dl template', () => {
  const crate = { name: 'Foo-bar', version: '1.0.0+build.1', sha256: SHA };
  assert.equal(
    crateUrls('https://static.crates.io/crates')(crate),
    'https://static.crates.io/crates/Foo-bar/Foo-bar-1.0.0%2Bbuild.1.crate',
  );
  assert.equal(
    crateUrls('https://m.example/{lowerprefix}/{crate}-{version}.crate')(crate),
    'https://m.example/fo/o-/Foo-bar-1.0.0%2Bbuild.1.crate',
  );
});

test('a URL made for a crate names that crate again', () => {
  fc.assert(
    fc.property(names, versions, (name, version) => {
      fc.pre(isCrateVersion(version));
      const url = new URL(crateUrls('https://x.example/crates')({ name, version, sha256: '' }));
      assert.deepEqual(parseCrateUrl(url), { name, version });
      const api = new URL(`https://x.example/api/v1/crates/${name}/${encodeURIComponent(version)}/download`);
      assert.deepEqual(parseCrateUrl(api), { name, version });
    }),
  );
});

test('URLs that name no crate version are distinguished', () => {
  const table: [string, { name: string; version: string } | undefined][] = [
    ['https://x/se/rd/serde-1.0.0.crate', { name: 'serde', version: '1.0.0' }],
    ['https://x/foo-2-1.0.0-rc-1.crate', { name: 'foo-2', version: '1.0.0-rc-1' }],
    ['https://x/serde.crate', undefined],
    ['https://x/', undefined],
    ['https://x/serde-1.0.0.tar.gz', undefined],
    ['https://x/serde-1.0.0-alpha', undefined],
    ['https://x/..%2F..%2Fetc-1.0.0.crate', undefined],
    ['https://x/%E0%A4%A-1.0.0.crate', undefined],
    ['https://x/a b/1.0.0/download', undefined],
  ];
  for (const [url, expected] of table) assert.deepEqual(parseCrateUrl(new URL(url)), expected, url);
});

test('base URLs are http or https and nothing but a base', () => {
  assert.equal(parseCratesBaseUrl('https://static.crates.io/crates'), 'https://static.crates.io/crates');
  assert.equal(parseCratesBaseUrl('http://127.0.0.1:8080/x//'), 'http://127.0.0.1:8080/x');
  for (const bad of [
    '',
    'static.crates.io',
    'file:///etc',
    'ftp://x/',
    'https://a:b@x/',
    'https://x/?q',
    'https://x/#f',
  ]) {
    assert.throws(() => parseCratesBaseUrl(bad), UsageError, bad);
  }
  for (const [bad, message] of [
    ['http://h/\x05/{crate}-{version}', /^'http:\/\/h\/\?\/\{crate\}-\{version\}' has a control character$/],
    ['http://h/{foo}', /^unknown marker '\{foo\}'$/],
    ['http://h/{crate', /^'http:\/\/h\/\{crate' has a brace that belongs to no marker$/],
    ['http://h/crate}', /has a brace that belongs to no marker$/],
    ['http://h/{crate}-{vers}', /^unknown marker '\{vers\}'$/],
    ['http://{foo}/x', /^unknown marker '\{foo\}'$/],
  ] as const)
    assert.throws(() => parseCratesBaseUrl(bad), { name: 'UsageError', message }, bad);
});
