import { createCipheriv, createHash } from 'node:crypto';

/** Distribution of the sizes of generated crate files: log-normal, like those of crates.io. */
export interface SizeProfile {
  /** bytes */
  readonly median: number;
  /** Standard deviation of ln(size); 1.31 gives crates.io's ratio of mean to median, 2.36. */
  readonly sigma: number;
  /** bytes */
  readonly max: number;
  /** Adds files that are larger than the log-normal distribution has. */
  readonly tail?: SizeTail;
}

/** A share of files whose sizes have a Pareto distribution instead. */
export interface SizeTail {
  readonly share: number;
  /** Minimum size, bytes. */
  readonly min: number;
  readonly exponent: number;
}

export function sizeProfile(median: number): SizeProfile {
  return { median, sigma: 1.31, max: 4_000_000 };
}

/**
 * A profile with a heavier tail than log-normal: a few files in a thousand, up to crates.io's limit
 * for uploads.
 */
export function heavyTailed(median: number): SizeProfile {
  const tail = { share: 0.003, min: 500_000, exponent: 1.3 };
  return { ...sizeProfile(median), max: 10_000_000, tail };
}

/**
 * The bytes of one generated crate file. They depend only on name, version and profile, and no two
 * files are alike. Like gzip data, they cannot be compressed, alone or together (AES-128-CTR of
 * zeros under a key made from the name).
 */
export function generatedBody(name: string, version: string, profile: SizeProfile): Buffer {
  const head = Buffer.from(`${name}-${version}\n`);
  const seed = createHash('sha256').update(head).digest();
  const size = sizeOf(head, seed, profile);
  const cipher = createCipheriv('aes-128-ctr', seed.subarray(16), Buffer.alloc(16));
  return Buffer.concat([head, cipher.update(Buffer.alloc(size - head.length))]);
}

/** The length of {@link generatedBody} in bytes, without generating it. */
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

/** Box-Muller transform of two uniform numbers from the seed. */
function logNormal(seed: Buffer, { median, sigma, max }: SizeProfile): number {
  const u = (seed.readUInt32LE(0) + 1) / 2 ** 32;
  const v = seed.readUInt32LE(4) / 2 ** 32;
  const gauss = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  return Math.min(max, Math.round(median * Math.exp(sigma * gauss)));
}
