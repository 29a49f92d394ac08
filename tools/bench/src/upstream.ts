import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rewriteIndex, sizeProfile, startNginx } from '@crates-mirror/sample-registry';
import type { Ground } from './scenario.ts';

/** A server of crate files, and an index of them. */
export interface Upstream {
  /** `https://127.0.0.1:PORT` */
  readonly origin: string;
  /** The certificate to trust, PEM. */
  readonly caFile: string;
  readonly index: string;
  /** of crate files */
  readonly count: number;
}

type Files = Pick<Upstream, 'index' | 'count'>;

/** Crate files with sizes as on crates.io, served by nginx. */
export async function crates(ground: Ground, count: number): Promise<Upstream> {
  return { ...makeCrates(ground, count), ...(await serve(ground)) };
}

/** The same files without a server. */
export function makeCrates(ground: Ground, count: number): Files {
  const from = join(ground.directory, 'plain');
  for (let i = 0; i < count; i++) writePlainEntry(from, spreadName(i));
  return makeFiles(ground, from, 14_000);
}

export async function makeUpstream(ground: Ground, from: string, median: number): Promise<Upstream> {
  return { ...makeFiles(ground, from, median), ...(await serve(ground)) };
}

function makeFiles(ground: Ground, from: string, median: number): Files {
  const www = join(ground.directory, 'www');
  const index = join(ground.directory, 'index');
  mkdirSync(index);
  const made = new Set<string>();
  const onBody = (name: string, version: string, body: Buffer): void => {
    const directory = join(www, 'crates', name);
    if (!made.has(name)) mkdirSync(directory, { recursive: true });
    made.add(name);
    writeFileSync(join(directory, `${name}-${version}.crate`), body);
  };
  const { versions } = rewriteIndex({ from, to: index, profile: sizeProfile(median), dl: '', onBody });
  return { index, count: versions };
}

/** nginx serving the contents of `www`. */
export async function serve(ground: Ground): Promise<Pick<Upstream, 'origin' | 'caFile'>> {
  const nginx = await startNginx({
    home: join(ground.directory, 'nginx'),
    root: join(ground.directory, 'www'),
    keepaliveRequests: 10_000_000,
  });
  ground.after(() => nginx.stop());
  return { origin: nginx.origin, caFile: nginx.caFile };
}

/** Crate files per directory in the mirrored index of 2019. */
const FILES_PER_DIRECTORY = 18;

/** Names that spread over the directories of an index as real ones do. */
export function spreadName(i: number): string {
  const letter = (n: number): string => String.fromCharCode(97 + (n % 26));
  const directory = Math.floor(i / FILES_PER_DIRECTORY);
  return `${letter(directory)}${letter(directory * 7 + 3)}${letter(directory / 26)}${letter(directory / 676)}-${i}`;
}

function writePlainEntry(index: string, name: string): void {
  const path = join(index, name.slice(0, 2), name.slice(2, 4), name);
  mkdirSync(dirname(path), { recursive: true });
  const entry = { name, vers: '1.0.0', deps: [], cksum: '0'.repeat(64), features: {}, yanked: false };
  writeFileSync(path, `${JSON.stringify(entry)}\n`);
}
