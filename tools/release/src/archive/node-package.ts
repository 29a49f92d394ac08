import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CodedError } from '@crates-mirror/errors';
import { extract } from 'tar-stream';
import { npm } from '../npm/pack.ts';

/** A locked npm package that contains Node.js for one platform. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** Of the package's archive, in the format of lock files: `sha512-…`. */
  readonly integrity: string;
}

export type Platform = 'linux-x64' | 'linux-arm64' | 'macos-x64' | 'macos-arm64' | 'windows-x64';

/** The files of Node.js that an archive includes. */
export interface NodeFiles {
  readonly executable: Buffer;
  readonly license: Buffer;
}

export const NODE_PACKAGES: Readonly<Record<Platform, NodePackage>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'node-packages.json'), 'utf8'),
);

export const PLATFORMS: readonly Platform[] = [
  'linux-x64',
  'linux-arm64',
  'macos-x64',
  'macos-arm64',
  'windows-x64',
];

/**
 * Fetches Node.js for a platform.
 *
 * @param work a directory for the package's archive
 * @throws CodedError if the package does not match the locked one
 */
export async function fetchNode(platform: Platform, work: string): Promise<NodeFiles> {
  const locked = NODE_PACKAGES[platform];
  const file = npm(
    ['pack', '--silent', `${locked.name}@${locked.version}`, '--pack-destination', work],
    work,
  ).trim();
  const archive = readFileSync(join(work, file));
  checkIntegrity(locked, archive);
  const files = await readFiles(archive);
  const executable = files.get('package/bin/node') ?? files.get('package/bin/node.exe');
  if (executable === undefined)
    throw new CodedError(
      'no_node',
      `${locked.name} ${locked.version} has no executable where one is expected`,
    );
  return {
    executable,
    license: files.get('package/LICENSE') ?? Buffer.from('See https://github.com/nodejs/node\n'),
  };
}

/** @throws CodedError */
export function checkIntegrity({ name, version, integrity }: NodePackage, archive: Uint8Array): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found === integrity) return;
  throw new CodedError(
    'wrong_integrity',
    `${name} ${version} has the integrity ${found}, and ${integrity} is locked`,
    {
      hint: 'Do not use what the registry gave; compare with another registry',
    },
  );
}

async function readFiles(archive: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = /^package\/(?:bin\/node(?:\.exe)?|LICENSE)$/;
  const files = new Map<string, Buffer>();
  for await (const entry of Readable.from([archive]).pipe(createGunzip()).pipe(extract())) {
    if (!wanted.test(entry.header.name)) {
      entry.resume();
      continue;
    }
    const pieces: Buffer[] = [];
    for await (const piece of entry as AsyncIterable<Buffer>) pieces.push(piece);
    files.set(entry.header.name, Buffer.concat(pieces));
  }
  return files;
}
