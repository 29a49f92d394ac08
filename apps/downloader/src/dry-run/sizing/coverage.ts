import { DirectorySource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { HttpClient } from '@crates-mirror/http-client';
import { generatedSize, type SizeProfile, serveGenerated } from '@crates-mirror/sample';
import { BottomSample, rankOf } from '@crates-mirror/sampling';
import { makeCertificate, startRegistry } from '@crates-mirror/upstream-server';
import type { Candidate } from './candidate.ts';
import { estimateBytes } from './estimate.ts';
import { MAX_REQUESTS, SizeRequests } from './size-requests.ts';

export interface CoverageOptions {
  /** Root of the index whose versions are sized. */
  readonly index: string;
  /** The size distribution of its crate files. */
  readonly profile: SizeProfile;
  /** Number of crate files in a sample. */
  readonly sample: number;
  /** Number of seeds, counting from 0. */
  readonly seeds: number;
}

export interface Coverage {
  readonly versions: number;
  /** In bytes. */
  readonly truth: number;
  /** Number of requests answered with a size. */
  readonly answers: number;
  /** Number of seeds whose interval contains the truth. */
  readonly held: number;
  /** Mean width of the intervals, as a fraction of the truth. */
  readonly width: number;
}

type Version = Pick<Candidate, 'name' | 'version'>;

/**
 * Measures how often the interval contains the truth, over an index whose crate files have
 * generated sizes. A server on 127.0.0.1 serves the sizes of each sample over HTTP/2, as in a dry
 * run.
 */
export async function measureCoverage({ index, profile, sample, seeds }: CoverageOptions): Promise<Coverage> {
  const versions = versionsOf(index);
  const truth = versions.reduce((sum, { name, version }) => sum + generatedSize(name, version, profile), 0);
  const sums = { held: 0, width: 0, answers: 0 };
  const { sizesOf, close } = await serveSizes(profile);
  try {
    for (let seed = 0; seed < seeds; seed++) {
      const { sizes } = await sizesOf(sampleOf(versions, sample, seed));
      const { low = 0, high = 0 } = estimateBytes(sizes, versions.length, 0, seed) ?? {};
      if (low <= truth && truth <= high) sums.held += 1;
      sums.width += (high - low) / truth / seeds;
      sums.answers += sizes.length;
    }
  } finally {
    await close();
  }
  return { versions: versions.length, truth, ...sums };
}

async function serveSizes(profile: SizeProfile) {
  const certificate = await makeCertificate();
  const { origin, close } = await startRegistry({
    find: serveGenerated(profile),
    protocol: 'h2',
    certificate,
  });
  const client = new HttpClient({
    userAgent: 'downloader:coverage',
    connectTimeoutMs: 30_000,
    idleTimeoutMs: 30_000,
    attemptTimeoutMs: 60_000,
    maxConnections: MAX_REQUESTS,
    ca: certificate.cert,
    environment: {},
  });
  const { signal } = new AbortController();
  const backoff = { retries: 3, baseMs: 100, maxMs: 1000 };
  return {
    sizesOf: (sampled: readonly Version[]) => {
      const candidates = sampled.map(({ name, version }): Candidate => {
        const url = `${origin}/crates/${name}/${name}-${version.replaceAll('+', '%2B')}.crate`;
        return { rank: 0, name, version, url, origin, sha256: undefined };
      });
      return new SizeRequests({ client, backoff, signal }).ask(candidates);
    },
    close: async () => {
      await client.destroy();
      await close();
    },
  };
}

function sampleOf(versions: readonly Version[], size: number, seed: number): Version[] {
  const lowest = new BottomSample<Version & { readonly rank: number }>(size);
  for (const { name, version } of versions) {
    const rank = rankOf(`${name}-${version}`, seed);
    if (lowest.takes(rank)) lowest.add({ rank, name, version });
  }
  return [...lowest.items];
}

function versionsOf(index: string): Version[] {
  const source = new DirectorySource(index);
  const versions: Version[] = [];
  for (const { files } of walkIndex(source, 1000, () => {}))
    for (const file of files)
      for (const { name, version } of parseIndexFile(source.read(file), file).entries)
        versions.push({ name, version });
  return versions;
}
