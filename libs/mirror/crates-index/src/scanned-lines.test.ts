import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type ParsedEntry, parseEntry, parseIndexFile } from './index.ts';
import { ScannedLines } from './scanned-lines.ts';

const CKSUM = '0123456789abcdef'.repeat(4);

function scan(text: string): ParsedEntry | undefined {
  // Surrounded by other bytes, like a line in its file.
  const padded = Buffer.from(`}]"\n${text}\n"}]`);
  const lines = new ScannedLines(padded);
  assert.ok(lines.advance() && lines.advance());
  const entry = lines.entry(2, undefined);
  if (entry === undefined) return undefined;
  const { line, start, end, ...parsed } = entry;
  assert.deepEqual([line, start, end], [2, 4, padded.length - 4]);
  return parsed;
}

/** Asserts that the fast reader agrees with the slow one or does not read the line. */
function assertAgrees(text: string): boolean {
  const fast = scan(text);
  if (fast === undefined) return false;
  const slow = parseEntry(text);
  assert.ok(typeof slow !== 'string', `${text} was taken; it is ${String(slow)}`);
  assert.deepEqual(fast, slow, text);
  return true;
}

const LINES = [
  `{"name":"serde","vers":"1.0.0","deps":[],"cksum":"${CKSUM}","features":{},"yanked":false}`,
  `{"name":"a","vers":"1.0.0+b.1","deps":[{"name":"d","req":"^1","features":["x","y/\\"z"],"optional":false,"default_features":true,"target":"cfg(target_os = \\"linux\\")","kind":"normal"},{"name":"e","req":"*","features":[],"optional":true,"default_features":false,"target":null,"kind":"dev","package":"p"}],"cksum":"${CKSUM}","features":{"default":["std"],"std":[]},"features2":{"n":["dep:d"]},"yanked":true,"links":"z","v":2,"rust_version":"1.60","pubtime":"2026-01-01T00:00:00Z"}`,
  `{"cksum":"${CKSUM}","vers":"0.1.0","name":"x"}`,
];

test('lines as crates.io writes them are taken', () => {
  for (const line of LINES) assert.equal(assertAgrees(line), true, line);
});

test('nested fields of the same names do not matter', () => {
  const line = `{"name":"a","deps":[{"name":"b","vers":"9.9.9","cksum":"x","yanked":true}],"vers":"1.0.0","cksum":"${CKSUM}","features":{"cksum":["name"],"yanked":[]}}`;
  assert.deepEqual(scan(line), {
    name: 'a',
    version: '1.0.0',
    cksum: CKSUM,
    yanked: false,
    hasOtherFields: false,
  });
});

test('a field that cargo does not define is noticed, whatever its length', () => {
  const good = LINES[0] as string;
  for (const field of ['x', 'size', 'links2', 'storage', 'crate_url', 'index_path', ''])
    assert.equal(scan(good.replace('"deps":[]', `"${field}":0`))?.hasOtherFields, true, field);
  for (const line of LINES) assert.equal(scan(line)?.hasOtherFields, false, line);
});

test('a line ends where its file ends, and the name before is not taken for another', () => {
  const named = (name: string, links: string) =>
    `{"links":"${links}","name":"${name}","vers":"1.0.0","cksum":"${CKSUM}"}`;
  const first = named('Serde', 'serde');
  const second = named('serde', 'Serde').replace('1.0.0', '1.0.1');
  const { entries } = parseIndexFile(Buffer.from(`${first}\n${second}`), 'se/rd/serde');
  assert.deepEqual(
    entries.map(({ name, start, end }) => [name, start, end]),
    [
      ['Serde', 0, first.length],
      ['serde', first.length + 1, first.length + 1 + second.length],
    ],
  );
});

test('whatever is unusual or wrong is left alone', () => {
  const good = LINES[0] as string;
  const table = [
    '',
    '{',
    '{}',
    '[]',
    'null',
    ` ${good}`,
    `${good} `,
    `${good}${good}`,
    good.slice(0, -1),
    good.replace('"vers"', '"ve\\u0072s"'),
    good.replace('serde', 'ser\\u0064e'),
    good.replace('serde', 'sérde'),
    good.replace('serde', '../x'),
    good.replace('1.0.0', '1.0'),
    good.replace(CKSUM, CKSUM.toUpperCase()),
    good.replace(CKSUM, CKSUM.slice(1)),
    good.replace('false', 'falsy'),
    good.replace('false', 'null'),
    good.replace('false', '0'),
    good.replace('"yanked":false', '"yanked":false,"yanked":true'),
    ...['"name":"serde"', '"vers":"1.0.0"', `"cksum":"${CKSUM}"`].map((field) =>
      good.replace('}', `},${field}`),
    ),
    ...['01.0.0', '1.0.0-01', '1.0.0-a.01', '18446744073709551616.0.0'].map((vers) =>
      good.replace('1.0.0', vers),
    ),
    good.replace('"deps":[]', '"deps":[,]'),
    good.replace('"deps":[]', '"deps":[1,]'),
    good.replace('"deps":[]', '"deps":[01]'),
    good.replace('"deps":[]', '"deps":[-1.5e3]'),
    good.replace('"deps":[]', '"deps":["\\x"]'),
    good.replace('"deps":[]', '"deps":["\\u00g0"]'),
    good.replace('"deps":[]', '"deps":["\t"]'),
    good.replace('"deps":[]', '"deps":[}'),
    good.replace('"deps":[]', `"deps":${'['.repeat(40)}${']'.repeat(40)}`),
    good.replace('"features":{}', '"features":{"a"}'),
    good.replace('"features":{}', '"features":{"a":1,}'),
    good.replace('"features":{}', '"features":{a:1}'),
    good.replace(',"vers":"1.0.0"', ''),
  ];
  for (const line of table) assert.equal(scan(line), undefined, line);
});

test('with any one change, and with any other JSON in it, both ways agree', () => {
  const change = fc.record({
    line: fc.constantFrom(...LINES),
    at: fc.nat(1000),
    length: fc.nat(3),
    text: fc.oneof(
      fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '\u0000', 'é', 'name'),
      fc.string({ maxLength: 3 }),
    ),
  });
  let taken = 0;
  fc.assert(
    fc.property(change, ({ line, at, length, text }) => {
      const cut = at % line.length;
      if (assertAgrees(line.slice(0, cut) + text + line.slice(cut + length))) taken += 1;
    }),
    { numRuns: 5000 },
  );
  assert.ok(taken > 100, `${taken} taken`);

  fc.assert(
    fc.property(fc.json(), fc.json(), (deps, features) => {
      const minified = (json: string) => JSON.stringify(JSON.parse(json));
      assertAgrees(
        `{"name":"a","vers":"1.0.0","deps":${minified(deps)},"cksum":"${CKSUM}","features":${minified(features)},"yanked":false}`,
      );
    }),
    { numRuns: 2000 },
  );
});

test('every line is found, whatever is in it, also where there are more or longer ones than fit into memory', () => {
  const good = LINES[0] as string;
  const long = `{"x":"${'y'.repeat(5 << 20)}"}`;
  const many = Array.from({ length: 3000 }, (_, i) => good.replace('1.0.0', `1.0.${i}`));
  const table: string[][] = [
    [],
    ['', '', good],
    [good, long, good],
    [long],
    [...many, long, '', ...many],
    Array.from({ length: 6000 }, () => good.replace('"deps":[]', `"links":"${'z'.repeat(1500)}"`)),
  ];
  for (const [index, texts] of table.entries()) {
    for (const tail of ['', '\n']) {
      const file = Buffer.from(texts.length === 0 ? '' : texts.join('\n') + tail);
      const lines = new ScannedLines(file);
      let at = 0;
      for (const text of texts) {
        assert.ok(lines.advance(), `${index}`);
        assert.deepEqual([lines.start, lines.end], [at, at + text.length], `${index}`);
        assert.equal(lines.entry(1, undefined) !== undefined, text.startsWith('{"name"'), `${index}`);
        at += text.length + 1;
      }
      assert.equal(lines.advance(), false);
    }
  }
});

test('the code that runs is the one that is here to read', async () => {
  const { default: asc } = await import('assemblyscript/asc');
  const directory = fileURLToPath(new URL('..', import.meta.url));
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['assembly/lines.ts', '--target', 'release', '--baseDir', directory],
    {
      writeFile: (_, contents) => {
        compiled = contents as Uint8Array;
      },
    },
  );
  assert.equal(error, null, stderr.toString());
  const here = readFileSync(new URL('./lines.wasm', import.meta.url));
  assert.ok(
    compiled !== undefined && here.equals(compiled),
    'src/lines.wasm is out of date: nx run crates-index:wasm',
  );
});
