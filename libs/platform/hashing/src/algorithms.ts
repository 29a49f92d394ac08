import { createHash } from 'node:crypto';
import { type Digest, renewed, reset } from './digest.ts';
import { Murmur3 } from './murmur3.ts';

/** What a digest is suitable for. */
export type Strength = 'cryptographic' | 'legacy-cryptographic' | 'non-cryptographic';

export interface Algorithm {
  /** Its usual spelling. */
  readonly title: string;
  readonly bits: number;
  readonly strength: Strength;
  /**
   * Cost in ns per byte, measured on an AMD EPYC (Zen 4) with Node.js 26.10. Only the ratios
   * matter, for distributing algorithms over threads.
   */
  readonly cost: number;
  create(): Promise<Digest>;
}

function native(name: string): () => Promise<Digest> {
  return async () => renewed(() => createHash(name));
}

/**
 * The algorithms, each in the fastest maintained incremental implementation. OpenSSL by way of
 * node:crypto beats hash-wasm (SHA-256 0.56 against 3.5 ns per byte, SHA-512 1.2 against 2.5,
 * SHA3-256 2.0 against 3.3, RIPEMD-160 2.4 against 3.9), but has no BLAKE2b of 256 bits. Packages
 * are loaded when they are needed.
 */
export const ALGORITHMS = {
  kt128: {
    title: 'KangarooTwelve (KT128)',
    bits: 256,
    strength: 'cryptographic',
    cost: 11.6,
    async create() {
      const { kt128 } = await import('@noble/hashes/sha3-addons.js');
      return renewed(() => kt128.create({}));
    },
  },
  blake3: {
    title: 'BLAKE3',
    bits: 256,
    strength: 'cryptographic',
    cost: 1.6,
    create: async () => reset(await (await import('hash-wasm')).createBLAKE3()),
  },
  'sha3-256': {
    title: 'SHA3-256',
    bits: 256,
    strength: 'cryptographic',
    cost: 2,
    create: native('sha3-256'),
  },
  'blake2b-256': {
    title: 'BLAKE2b-256',
    bits: 256,
    strength: 'cryptographic',
    cost: 1.2,
    create: async () => reset(await (await import('hash-wasm')).createBLAKE2b(256)),
  },
  sha512: {
    title: 'SHA-512',
    bits: 512,
    strength: 'cryptographic',
    cost: 1.2,
    create: native('sha512'),
  },
  whirlpool: {
    title: 'Whirlpool',
    bits: 512,
    strength: 'cryptographic',
    cost: 9.6,
    create: async () => reset(await (await import('hash-wasm')).createWhirlpool()),
  },
  ripemd160: {
    title: 'RIPEMD-160',
    bits: 160,
    strength: 'legacy-cryptographic',
    cost: 2.4,
    create: native('ripemd160'),
  },
  'xxh3-64': {
    title: 'XXH3-64',
    bits: 64,
    strength: 'non-cryptographic',
    cost: 0.2,
    create: async () => reset(await (await import('hash-wasm')).createXXHash3()),
  },
  sha256: {
    title: 'SHA-256',
    bits: 256,
    strength: 'cryptographic',
    cost: 0.6,
    create: native('sha256'),
  },
  xxhash64: {
    title: 'XXHash64',
    bits: 64,
    strength: 'non-cryptographic',
    cost: 0.1,
    create: async () => reset(await (await import('hash-wasm')).createXXHash64()),
  },
  murmur3: {
    title: 'Murmur3 (x64, 128 bits, seed 0)',
    bits: 128,
    strength: 'non-cryptographic',
    cost: 2.3,
    create: async () => renewed(() => new Murmur3()),
  },
} as const satisfies Record<string, Algorithm>;

export type AlgorithmName = keyof typeof ALGORITHMS;

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly AlgorithmName[];

export function isAlgorithmName(text: string): text is AlgorithmName {
  return Object.hasOwn(ALGORITHMS, text);
}

/** Creates a digest. Its implementation is loaded on first use. */
export function createDigest(name: AlgorithmName): Promise<Digest> {
  return ALGORITHMS[name].create();
}
