import { createCipheriv, createHash } from 'node:crypto';

/** Sizes of generated crate files: log-normal, as crates.io's are. */
export interface SizeProfile {
  /** bytes */
  readonly median: number;
  /** Standard deviation of ln(size); 1.31 gives crates.io's ratio of mean to median, 2.36. */
  readonly sigma: number;
  /** bytes */
  readonly max: number;
  /** Files that are larger than the rest has them. */
  readonly tail?: SizeTail;
}

/** A share of files whose sizes have a Pareto distribution instead. */
export interface SizeTail {
  readonly share: number;
  /** The smallest, bytes. */
  readonly min: number;
  readonly exponent: number;
}

export function sizeProfile(median: number): SizeProfile {
  return { median, sigma: 1.31, max: 4_000_000 };
}

/** The same with a tail that is heavier than log-normal, up to crates.io's limit for uploads: a few files in a thousand. */
export function heavyTailed(median: number): SizeProfile {
  const tail = { share: 0.003, min: 500_000, exponent: 1.3 };
  return { ...sizeProfile(median), max: 10_000_000, tail };
}

/**
 * The bytes of one generated crate file: they depend on name, version and profile alone, no two are alike, and like gzip
 * they compress no further, alone or together (AES-128-CTR of zeros under a key made of the name).
 */
export function generatedBody(name: string, version: string, profile: SizeProfile): Buffer {
  const head = Buffer.from(`${name}-${version}\n`);
  const seed = createHash('sha256').update(head).digest();
  const size = sizeOf(head, seed, profile);
  const cipher = createCipheriv('aes-128-ctr', seed.subarray(16), Buffer.alloc(16));
  return Buffer.concat([head, cipher.update(Buffer.alloc(size - head.length))]);
}

/** How long that is, bytes, without making it. */
export function generatedSize(name: string, version: string, profile: SizeProfile): number {
  const head = Buffer.from(`${name}-${version}\n`);
  return sizeOf(head, createHash('sha256').update(head).digest(), profile);
}

function sizeOf(head: Buffer, seed: Buffer, profile: SizeProfile): number {
  const { tail, max } = profile;
  const isTail = tail !== undefined && seed.readUInt32LE(8) / 2 ** 32 < tail.share;
  return Math.max(head.length, isTail ? pareto(seed, tail, max) : logNormal(seed, profile));
}

function pareto(seed: Buffer, { min, exponent }: SizeTail, max: number): number {
  const u = (seed.readUInt32LE(12) + 1) / 2 ** 32;
  return Math.min(max, Math.round(min * u ** (-1 / exponent)));
}

/** Box and Muller's transform of two uniform numbers from the seed. */
function logNormal(seed: Buffer, { median, sigma, max }: SizeProfile): number {
  const u = (seed.readUInt32LE(0) + 1) / 2 ** 32;
  const v = seed.readUInt32LE(4) / 2 ** 32;
  const gauss = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  return Math.min(max, Math.round(median * Math.exp(sigma * gauss)));
}
