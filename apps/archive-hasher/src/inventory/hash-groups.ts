import { ALGORITHMS, type AlgorithmName, type Strength } from '@crates-mirror/hashing';

/** The groups of the older Go tool. */
const GROUPS: Readonly<Record<string, readonly AlgorithmName[]>> = {
  mainHashes: ['kt128', 'blake3', 'sha3-256', 'blake2b-256', 'sha512'],
  lessCommonChecksums: ['whirlpool', 'ripemd160', 'xxh3-64'],
  additionalHashes: ['sha256', 'xxhash64', 'murmur3'],
};

const IN_WORDS: Readonly<Record<Strength, string>> = {
  cryptographic: 'cryptographic: shows any change, a deliberate one too',
  'legacy-cryptographic':
    'cryptographic, but with 160 bits too short for new uses: two different inputs with one digest may be within reach',
  'non-cryptographic':
    'not cryptographic: shows accidents only; anyone can make another input with the same digest',
};

/** Explains what the digests of the whole directory cover. */
export const HASHED =
  'the contents of all regular files, one after the other, in the order of this inventory: ' +
  'depth first, names sorted by their bytes within each directory';

export interface HashFields extends Record<string, string | number> {
  readonly name: string;
  readonly digest: string;
  readonly bits: number;
  readonly use: string;
}

export type HashGroups = Record<string, Record<string, HashFields>>;

/** The digests of a directory, grouped and explained. */
export function hashGroups(digests: ReadonlyMap<AlgorithmName, string>): HashGroups {
  const groups: HashGroups = {};
  for (const [group, names] of Object.entries(GROUPS)) {
    const present = names.filter((name) => digests.has(name));
    if (present.length === 0) continue;
    groups[group] = Object.fromEntries(
      present.map((name) => {
        const { title, bits, strength } = ALGORITHMS[name];
        return [name, { name: title, digest: digests.get(name) as string, bits, use: IN_WORDS[strength] }];
      }),
    );
  }
  return groups;
}
