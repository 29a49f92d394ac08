import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from './hpack-decoder.ts';
import { HpackError } from './hpack-error.ts';
import { HpackTable } from './hpack-table.ts';
import { decodeHuffman } from './huffman.ts';
import { RequestBlocks } from './request-block.ts';

const ALL = new Set([
  ':status',
  ':method',
  ':scheme',
  ':path',
  ':authority',
  'cache-control',
  'date',
  'location',
  'content-encoding',
  'set-cookie',
  'custom-key',
  'user-agent',
  'accept',
  'accept-encoding',
]);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

test('responses of RFC 7541, appendix C.6: Huffman code, and a table that evicts', () => {
  // The RFC's table has 256 bytes there: set by a size update in front of the first block.
  const decoder = new HpackDecoder(ALL);
  const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
  const location = 'https://www.example.com';
  assert.deepEqual(
    decoder.decode(
      hex(`3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
           2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`),
    ),
    { ':status': '302', 'cache-control': 'private', date, location },
  );
  assert.deepEqual(decoder.decode(hex('4883 640e ffc1 c0bf')), {
    ':status': '307',
    'cache-control': 'private',
    date,
    location,
  });
  assert.deepEqual(
    decoder.decode(
      hex(`88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad
           94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160
           65c0 03ed 4ee5 b106 3d50 07`),
    ),
    {
      ':status': '200',
      'cache-control': 'private',
      date: 'Mon, 21 Oct 2013 20:13:22 GMT',
      location,
      'content-encoding': 'gzip',
      'set-cookie': 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    },
  );
});

test('requests of RFC 7541, appendix C.3: literals that the table remembers', () => {
  const decoder = new HpackDecoder(ALL);
  const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' };
  assert.deepEqual(decoder.decode(hex('8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d')), first);
  assert.deepEqual(decoder.decode(hex('8286 84be 5808 6e6f 2d63 6163 6865')), {
    ...first,
    'cache-control': 'no-cache',
  });
  assert.deepEqual(
    decoder.decode(hex('8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65')),
    {
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/index.html',
      ':authority': 'www.example.com',
      'custom-key': 'custom-value',
    },
  );
});

test('what was not asked for is passed over, and remembered where the table has to', () => {
  const decoder = new HpackDecoder(new Set([':status', 'location']));
  assert.deepEqual(decoder.decode(hex('88 4001 78 01 79')), { ':status': '200' }, 'x: y, remembered');
  assert.deepEqual(decoder.decode(hex('88 be 0f1f 0161')), { ':status': '200', location: 'a' });
});

test('blocks that make no sense are refused', () => {
  const table: [string, string][] = [
    ['80', 'no header field has index 0'],
    ['be', 'no header field has index 62'],
    ['4803', 'a string beyond the end of its block'],
    ['48', 'a block that ends too early'],
    ['ffffffffffff7f', 'an integer too large'],
    ['ff8080808080808080', 'an integer too large'],
    ['3fe21f', 'a table of 4097 bytes, 4096 agreed on'],
    ['8820', 'the table changes its size within a block'],
    ['0884ffffffff', 'end of string within a string'],
    ['08820000', 'wrong padding of a string'],
  ];
  for (const [block, message] of table) {
    assert.throws(() => new HpackDecoder(ALL).decode(hex(block)), new HpackError(message), block);
  }
});

test('no block whatever does more than fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new HpackDecoder(ALL).decode(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof HpackError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('the code of RFC 7541 is decoded, its padding checked', () => {
  const table: [string, string][] = [
    ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
    ['a8eb10649cbf', 'no-cache'],
    ['', ''],
  ];
  for (const [code, text] of table) assert.equal(decodeHuffman(hex(code), 0, code.length / 2), text);
  assert.throws(
    () => decodeHuffman(hex('a8eb10649cbfff'), 0, 7),
    new HpackError('wrong padding of a string'),
  );
});

test('codes of every length decode, one by one and among others', () => {
  // RFC 7541, appendix B, from the 5 bits of "0" to the 30 of a newline.
  const table: [string, string][] = [
    ['0', '00000'],
    [' ', '010100'],
    ['A', '100001'],
    ['&', '11111000'],
    ['!', '1111111000'],
    ['+', '11111111011'],
    ['~', '1111111111101'],
    ['{', '111111111111110'],
    ['\\', '1111111111111110000'],
    ['\n', '111111111111111111111111111100'],
  ];
  const encode = (text: string): Buffer => {
    const bits = [...text].map((character) => new Map(table).get(character)).join('');
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    return Buffer.from(padded.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  };
  const known = table.map(([character]) => character);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...known)), (characters) => {
      const text = characters.join('');
      const code = encode(text);
      assert.equal(decodeHuffman(Buffer.concat([Buffer.from('x'), code]), 1, 1 + code.length), text);
    }),
  );
});

test('the table keeps to its size, newest first', () => {
  const table = new HpackTable(100);
  for (const name of ['a', 'b', 'c']) table.add({ name, value: '1' });
  assert.deepEqual([table.get(62).name, table.get(63).name], ['c', 'b']);
  assert.throws(() => table.get(64), new HpackError('no header field has index 64'));
  for (let i = 0; i < 5000; i++) table.add({ name: `n${i}`, value: '' });
  assert.deepEqual([table.get(62).name, table.get(63).name], ['n4999', 'n4998']);
  assert.throws(() => table.get(64), HpackError);
  table.add({ name: 'large', value: 'x'.repeat(100) });
  assert.throws(() => table.get(62), HpackError, 'too large for it: empty');
});

test('a request is what a decoder makes of it', () => {
  const visible = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((c) => String.fromCharCode(c)),
    maxLength: 300,
  });
  fc.assert(
    fc.property(visible, visible, visible, (path, authority, agent) => {
      const block = new RequestBlocks(authority, agent).of(`/${path}`, 'GET');
      assert.deepEqual(new HpackDecoder(ALL).decode(block), {
        ':method': 'GET',
        ':scheme': 'https',
        ':authority': authority,
        ':path': `/${path}`,
        'user-agent': agent,
        accept: '*/*',
        'accept-encoding': 'identity',
      });
    }),
  );
});
