import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@crates-mirror/errors';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing';
import { crateUrls, mirrorHome, parseCratePath } from '@crates-mirror/layout';
import { checkMemberPath } from '@crates-mirror/layout/member-path';
import { readLines } from '@crates-mirror/lines';
import { encodeMember, MAX_MEMBER_LINE, parseMember } from '../format/bundle-manifest.ts';
import type { CatalogEntry } from '../format/catalog.ts';
import type { PlacedMember } from '../format/member.ts';
import { readTar } from '../read/tar-reader.ts';

/** URL of a crate file upstream. */
export type UrlOf = (crate: Pick<PlacedMember, 'name' | 'version' | 'sha256'>) => string;

/** Everything of a line but its URL, which the bundle does not have. */
type Unlocated = Omit<PlacedMember, 'url'>;

/**
 * Makes the manifest of a finished bundle anew: paths, sizes, offsets and checksums from the bundle
 * itself, URLs from the lines that are left, or made like those of `manifests`, or by `urlOf`. The
 * result is written only if it has the SHA-256 that the catalog promises, so no byte can differ
 * from the lost file.
 *
 * @param manifests of the same folder, whose lines show how URLs are made
 * @returns why it cannot be made anew; undefined if it has been
 */
export async function rebuildManifest(
  directory: string,
  { path, manifest, manifest_sha256 }: CatalogEntry,
  manifests: readonly string[],
  urlOf: UrlOf | undefined,
): Promise<string | undefined> {
  const place = join(directory, manifest);
  if (statSync(place, { throwIfNoEntry: false })?.isFile() === false) return 'its name is taken';
  try {
    const members = await membersOf(join(directory, path));
    for (const one of candidates(
      place,
      manifests.map((name) => join(directory, name)),
      urlOf,
    )) {
      const lines = members.map((member) => Buffer.from(encodeMember({ url: one(member), ...member })));
      const hash = createSha256();
      for (const line of lines) hash.update(line);
      if (hash.digest('hex') !== manifest_sha256) continue;
      write(directory, manifest, lines);
      return undefined;
    }
    return 'the URLs of its crate files are not known';
  } catch (error) {
    return errorMessage(error);
  }
}

async function membersOf(bundle: string): Promise<Unlocated[]> {
  const members: Unlocated[] = [];
  for await (const { name: path, size, offset, content } of readTar(bundle)) {
    const crate = parseCratePath(path.split('/'));
    if (crate === undefined || !('path' in checkMemberPath(path)))
      throw new Error(`${path} does not contain the name of its crate`);
    const hash = createSha256();
    for await (const piece of content) hash.update(piece);
    members.push({ ...crate, path, size, sha256: hash.digest('hex'), offset });
  }
  return members;
}

/** The undamaged lines of a manifest; it may be missing. */
function* linesLeft(manifest: string): Generator<PlacedMember> {
  if (!existsSync(manifest) || !statSync(manifest).isFile()) return;
  for (const { text, isTooLong } of readLines(manifest, MAX_MEMBER_LINE)) {
    const member = isTooLong ? undefined : parseMember(text);
    if (member !== undefined) yield member;
  }
}

/**
 * Ways to make URLs. The lines that are left may be damaged, too: each way is tried without them.
 */
function* candidates(
  manifest: string,
  others: readonly string[],
  urlOf: UrlOf | undefined,
): Generator<(member: Unlocated) => string> {
  const left = new Map(Array.from(linesLeft(manifest), ({ path, url }) => [path, url]));
  const ways = [manifest, ...others].map(templateOf).filter((template) => template !== undefined);
  for (const way of [...(urlOf === undefined ? [] : [urlOf]), ...[...new Set(ways)].map(crateUrls)]) {
    yield way;
    if (left.size > 0) yield (member) => left.get(member.path) ?? way(member);
  }
}

/** @returns a template that makes the URL of the first line of a manifest */
function templateOf(manifest: string): string | undefined {
  for (const { url, name, version, sha256 } of linesLeft(manifest))
    if (URL.canParse(url)) return withMarkers(new URL(url), name, version, sha256);
  return undefined;
}

/** @returns the URL with markers for the crate's own parts, unless it is not made of these */
function withMarkers(
  { origin, pathname, search }: URL,
  name: string,
  version: string,
  sha256: string,
): string | undefined {
  const file = [`/${name}/${name}-`, `/${name}-`, `/${name}/`].find((part) => pathname.includes(part));
  if (file === undefined) return undefined;
  const marked = file.replaceAll(name, '{crate}');
  const path = pathname
    .replace(file, marked)
    .replace(version.replaceAll('+', '%2B'), '{version}')
    .concat(search)
    .replaceAll(sha256, '{sha256-checksum}');
  return `${origin}${path}`;
}

function write(directory: string, manifest: string, lines: readonly Buffer[]): void {
  const file = new AtomicFile(mirrorHome(directory).temporaryDirectory);
  try {
    for (const line of lines) file.write(line);
    file.sync();
    file.commit(join(directory, manifest));
  } finally {
    file.discard();
  }
}
