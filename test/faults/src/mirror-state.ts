import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { readTree } from '@crates-mirror/e2e/tools';

/**
 * What a mirror holds and what its files say about that, without what differs between two
 * undisturbed runs: times, ports, and which bundle a crate file is in.
 */
export interface MirrorState {
  /** SHA-256 by path, of loose files and of members of bundles */
  readonly loose: Readonly<Record<string, string>>;
  readonly bundled: Readonly<Record<string, string>>;
  /** The newest record of each path. */
  readonly records: Readonly<Record<string, unknown>>;
  /** Lines of the ledgers of verified files and of members: size and SHA-256 by path */
  readonly verified: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, string>>;
  /** Names of all other files that are kept. */
  readonly names: readonly string[];
}

/** A line of the catalog. */
interface Cataloged {
  readonly bundle: string;
  readonly path: string;
  readonly manifest: string;
  readonly entries: number;
  readonly size: number;
  readonly sha256: string;
  readonly manifest_sha256: string;
}

/** A binary cache of what a run found in place, which the first run may not write yet. */
const UNCHANGED = 'unchanged-1';

interface Member {
  readonly path: string;
  readonly size: number;
  readonly offset: number;
  readonly sha256: string;
}

type Recorded = Record<string, unknown> & { readonly path: string };

/**
 * Reads the mirror `m`, the bundles `b` and the manifest `all.jsonl`, without the tools' own
 * readers. Fails if two of their files disagree.
 */
export function stateOf(cwd: string): MirrorState {
  const catalog = catalogOf(join(cwd, 'b'));
  return {
    loose: Object.fromEntries([...readTree(join(cwd, 'm'))].map(([path, body]) => [path, sha256(body)])),
    bundled: Object.assign({}, ...catalog.map((line) => membersIn(join(cwd, 'b'), line))) as Record<
      string,
      string
    >,
    records: recordsOf(join(cwd, 'all.jsonl')),
    verified: verifiedIn(join(cwd, 'm')),
    members: cachedMembers(join(cwd, 'b'), catalog),
    names: ['m', 'b'].flatMap((folder) => namesIn(join(cwd, folder)).map((name) => `${folder}/${name}`)),
  };
}

function catalogOf(folder: string): Cataloged[] {
  if (!existsSync(folder)) return [];
  const lines = linesOf<Cataloged>(join(folder, 'bundles.index.jsonl'));
  const expected = lines.flatMap(({ path, manifest }) => [path, manifest, `${path}.sha256`]);
  const present = readdirSync(folder).filter((name) => name !== '.crates-mirror');
  assert.deepEqual(present.sort(), [...expected, 'bundles.index.jsonl'].sort(), 'catalog and folder differ');
  return lines;
}

/** @returns SHA-256 by path, of the bytes in the archive */
function membersIn(folder: string, line: Cataloged): Record<string, string> {
  const archive = readFileSync(join(folder, line.path));
  const manifest = readFileSync(join(folder, line.manifest));
  assert.deepEqual(
    [archive.length, sha256(archive), sha256(manifest)],
    [line.size, line.sha256, line.manifest_sha256],
  );
  assert.equal(readFileSync(join(folder, `${line.path}.sha256`), 'utf8'), `${line.sha256}  ${line.path}\n`);
  const tar = zstdDecompressSync(archive);
  const members = linesOf<Member>(join(folder, line.manifest));
  assert.equal(members.length, line.entries);
  return Object.fromEntries(
    members.map(({ path, offset, size, sha256: promised }) => {
      assert.equal(sha256(tar.subarray(offset, offset + size)), promised, path);
      return [path, promised];
    }),
  );
}

function recordsOf(manifest: string): Record<string, unknown> {
  const newest = new Map<string, unknown>();
  for (const { path, name, version, size, sha256, storage, ok, error } of linesOf<Recorded>(manifest))
    newest.set(path, { name, version, size, sha256, storage, ok, error });
  return Object.fromEntries(newest);
}

function verifiedIn(mirror: string): Record<string, string> {
  const lines = ledgerLines(join(mirror, '.crates-mirror/verified-1')).map(
    ([path = '', size, mtime, digest]) => {
      assert.equal(Number(mtime), statSync(join(mirror, path)).mtimeMs, `${path} is not as it was verified`);
      return [path, `${size} ${digest}`];
    },
  );
  return Object.fromEntries(lines) as Record<string, string>;
}

function cachedMembers(folder: string, catalog: readonly Cataloged[]): Record<string, string> {
  const bundles = new Set(catalog.map(({ bundle }) => bundle));
  const lines = ledgerLines(join(folder, '.crates-mirror/members-1')).map(
    ([path = '', bundle = '', size, digest]) => {
      assert.ok(bundles.has(bundle), `${path} is recorded in ${bundle}, which the catalog does not have`);
      return [path, `${size} ${digest}`];
    },
  );
  return Object.fromEntries(lines) as Record<string, string>;
}

function ledgerLines(folder: string): string[][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.json') && name !== UNCHANGED)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

function namesIn(folder: string): string[] {
  const own = join(folder, '.crates-mirror');
  if (!existsSync(own)) return [];
  const names = readdirSync(own, { recursive: true }) as string[];
  return names.filter((name) => !name.endsWith(UNCHANGED)).sort();
}

/** Lines that are not JSON are those that a kill has torn. */
function linesOf<Line>(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Line];
      } catch {
        return [];
      }
    });
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
