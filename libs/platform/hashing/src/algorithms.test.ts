import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALGORITHM_NAMES, ALGORITHMS, type AlgorithmName, createDigest, isAlgorithmName } from './index.ts';

const FOX = Buffer.from('The quick brown fox jumps over the lazy dog');
const ABC = Buffer.from('abc');
/** The input of BLAKE3's test vectors: 0, 1, … 250, 0, 1, … */
const COUNTING = Buffer.from(Array.from({ length: 102_400 }, (_, i) => i % 251));
/** The patterns of KangarooTwelve's and xxHash's test vectors. */
const NOTHING = Buffer.alloc(0);

/** Published digests, with their sources. */
const VECTORS: Readonly<Record<AlgorithmName, readonly (readonly [Buffer, string])[]>> = {
  // RFC 9861, 5: empty message; 17^4 bytes of the pattern 0x00 to 0xFA.
  kt128: [
    [NOTHING, '1ac2d450fc3b4205d19da7bfca1b37513c0803577ac7167f06fe2ce1f0ef39e5'],
    [COUNTING.subarray(0, 17 ** 4), '8701045e22205345ff4dda05555cbb5c3af1a771c2b89baef37db43d9998b9fe'],
  ],
  // BLAKE3-team/BLAKE3, test_vectors.json.
  blake3: [
    [NOTHING, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    [COUNTING.subarray(0, 1024), '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
    [COUNTING, 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'],
  ],
  // FIPS 202 example values.
  'sha3-256': [
    [NOTHING, 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'],
    [ABC, '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
  ],
  // Python's hashlib.blake2b(digest_size=32), and b2sum -l 256.
  'blake2b-256': [
    [NOTHING, '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
    [ABC, 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
  ],
  // FIPS 180-4 example values.
  sha512: [
    [
      ABC,
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ],
  // ISO/IEC 10118-3:2004, test vectors of the designers' reference package.
  whirlpool: [
    [
      ABC,
      '4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5',
    ],
    [
      FOX,
      'b97de512e91e3828b40d2b0fdce9ceb3c4a71f9bea8d88e75c4fa854df36725fd2b52eb6544edcacd6f8beddfea403cb55ae31f03ad62a5ef54e42ee82c3fb35',
    ],
  ],
  // Dobbertin, Bosselaers, Preneel: RIPEMD-160 test vectors.
  ripemd160: [
    [NOTHING, '9c1185a5c5e9fc54612808977ee8f548b2258d31'],
    [ABC, '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
  ],
  // xxHash's specification and sanity checks; xxh64sum and xxh3sum of Debian's xxhash.
  'xxh3-64': [
    [NOTHING, '2d06800538d394c2'],
    [ABC, '78af5f94892f3950'],
  ],
  sha256: [[ABC, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']],
  xxhash64: [
    [NOTHING, 'ef46db3751d8e999'],
    [ABC, '44bc2cf5ad770999'],
  ],
  // The reference's MurmurHash3_x64_128, which Guava and Python's mmh3 match.
  murmur3: [
    [NOTHING, '00000000000000000000000000000000'],
    [FOX, 'e34bbc7bbc071b6c7a433ca9c49a9347'],
  ],
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('each algorithm has the digests that are published', async () => {
  for (const name of ALGORITHM_NAMES) {
    const digest = await createDigest(name);
    for (const [message, expected] of VECTORS[name]) {
      digest.update(message);
      const bytes = digest.take();
      assert.equal(hex(bytes), expected, name);
      assert.equal(bytes.length * 8, ALGORITHMS[name].bits, name);
    }
  }
});

test('whatever the pieces, shared memory or not, the digest is that of the whole', async () => {
  const message = Buffer.from(new SharedArrayBuffer(70_000));
  for (let i = 0; i < message.length; i++) message[i] = (i * 2_654_435_761) >>> 24;
  const cuts = fc.array(fc.integer({ min: 0, max: message.length }), { maxLength: 12 });
  for (const name of ALGORITHM_NAMES) {
    const digest = await createDigest(name);
    digest.update(Buffer.from(message));
    const whole = hex(digest.take());
    const inPieces = fc.property(cuts, (ends) => {
      let start = 0;
      for (const end of [...ends.sort((a, b) => a - b), message.length]) {
        digest.update(message.subarray(start, end));
        start = end;
      }
      assert.equal(hex(digest.take()), whole, name);
    });
    fc.assert(inPieces, { numRuns: 15 });
    for (let start = 0; start < message.length; start += 33)
      digest.update(message.subarray(start, start + 33));
    assert.equal(hex(digest.take()), whole, name);
  }
});

test('names are distinguished from anything else', () => {
  assert.equal(ALGORITHM_NAMES.length, 11);
  assert.ok(isAlgorithmName('sha3-256'));
  assert.ok(!isAlgorithmName('md5'));
  assert.ok(!isAlgorithmName('toString'));
});
