import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedBody, sizeProfile } from '@crates-mirror/sample-registry';
import type { Ground, Scenario } from './scenario.ts';

const CRATES = 20_000;
const MEDIAN = 14_000;
/** The algorithms that Debian's rhash supports, with its names for them. */
const COMMON: Readonly<Record<string, string>> = {
  sha256: '--sha256',
  sha512: '--sha512',
  'sha3-256': '--sha3-256',
  whirlpool: '--whirlpool',
  ripemd160: '--ripemd160',
};

/**
 * All algorithms over a directory, compared to the same algorithms run one after the other on one
 * thread.
 */
export async function archiveHasher(ground: Ground): Promise<Scenario> {
  const { directory, repository } = ground;
  const crates = writeCrates(directory);
  const ours = [...hasher(ground), '--dir', crates];
  const peer = join(repository, 'tools/bench/src/peers/one-thread-digests.ts');
  return {
    title: 'archive-hasher: 20,000 crate files, 650 MB, every algorithm',
    contenders: [
      {
        name: 'archive-hasher --no-tar',
        command: { argv: [...ours, '--no-tar'], cwd: directory },
        check: () => expectSameDigests(directory),
      },
      {
        name: 'one after the other, one thread',
        command: { argv: [process.execPath, peer, crates, join(directory, 'peer.json')], cwd: directory },
      },
      { name: 'archive-hasher', command: { argv: ours, cwd: directory } },
    ],
  };
}

/** The algorithms that rhash supports as well. */
export async function archiveHasherRhash(ground: Ground): Promise<Scenario> {
  const { directory } = ground;
  const crates = writeCrates(directory);
  const argv = [
    ...hasher(ground),
    '--dir',
    crates,
    '--no-tar',
    '--algorithms',
    Object.keys(COMMON).join(','),
  ];
  const list = 'find "$0" -type f -print0 | xargs -0 rhash "$@" > rhash.txt';
  return {
    title: `archive-hasher-rhash: 20,000 crate files, 650 MB, ${Object.keys(COMMON).join(', ')}`,
    contenders: [
      { name: 'archive-hasher', command: { argv, cwd: directory } },
      {
        name: 'rhash',
        command: { argv: ['sh', '-c', list, crates, ...Object.values(COMMON)], cwd: directory },
      },
    ],
  };
}

function hasher({ programOf, directory }: Ground): string[] {
  const main = programOf('archive-hasher');
  return [process.execPath, main, '--out-dir', join(directory, 'out'), '--out-prefix', 'crates'];
}

/** @returns the directory */
function writeCrates(directory: string): string {
  const crates = join(directory, 'crates');
  const profile = sizeProfile(MEDIAN);
  for (let i = 0; i < CRATES; i++) {
    const place = join(crates, String(i % 100).padStart(2, '0'));
    if (i < 100) mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `crate-${i}-1.0.0.crate`), generatedBody(`crate-${i}`, '1.0.0', profile));
  }
  return crates;
}

/** The peer must have computed the same digests. Its first result exists from the warm-up on. */
function expectSameDigests(directory: string): void {
  let theirs: Record<string, string>;
  try {
    theirs = JSON.parse(readFileSync(join(directory, 'peer.json'), 'utf8')) as Record<string, string>;
  } catch {
    return;
  }
  const ours = readFileSync(join(directory, 'out', 'crates.yaml'), 'utf8');
  for (const [name, digest] of Object.entries(theirs)) {
    if (!ours.includes(`'${digest}'`)) throw new Error(`another ${name} than the peer's`);
  }
}
