import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '@crates-mirror/cli';
import { indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import { formatCount } from '@crates-mirror/progress';
import { SIDECAR_SUFFIX } from './lane/sidecar-tree.ts';

/** Longer files are no sidecars. */
const LARGEST_SIDECAR = 16 << 20;

/**
 * Sidecars below `out` whose version the index no longer has, by path. A file is taken for a sidecar only if it says
 * of itself what one says, and stands where it says it belongs. Where an index file has lines that make no sense, its
 * versions are left alone.
 */
export function* findOrphans(out: string, indexDir: string): Generator<string> {
  const versions = new KnownVersions(indexDir);
  for (const path of jsonFiles(out, '')) {
    const sidecar = readSidecar(join(out, path));
    if (sidecar === undefined || sidecar.crate_file + SIDECAR_SUFFIX !== path) continue;
    if (!versions.has(sidecar.index_path, sidecar.vers)) yield path;
  }
}

/** Asks on the terminal. */
export function confirm(count: number, examples: readonly string[], out: string): Promise<boolean> {
  const what = count === 1 ? '1 sidecar' : `${formatCount(count)} sidecars`;
  const shown = examples.map((path) => `  ${path}\n`).join('');
  const more = count > examples.length ? '  …\n' : '';
  return ask(
    `The index no longer has the versions of ${what} in ${out}:\n${shown}${more}Remove them? [y/N] `,
  );
}

interface Sidecar {
  readonly vers: string;
  readonly crate_file: string;
  readonly index_path: string;
}

function readSidecar(path: string): Sidecar | undefined {
  if (statSync(path).size > LARGEST_SIDECAR) return undefined;
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as typeof value;
  } catch {
    return undefined;
  }
  const { name, vers, crate_file, crate_url, index_path } = value ?? {};
  const isSidecar = [name, vers, crate_file, crate_url].every((text) => typeof text === 'string');
  if (!isSidecar || index_path !== indexPath(name as string)) return undefined;
  return { vers, crate_file, index_path } as Sidecar;
}

function* jsonFiles(root: string, directory: string): Generator<string> {
  const entries: Dirent[] = readdirSync(join(root, directory), { withFileTypes: true });
  for (const entry of entries) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory() && path !== HOME_DIRECTORY) yield* jsonFiles(root, path);
    else if (entry.isFile() && entry.name.endsWith(SIDECAR_SUFFIX)) yield path;
  }
}

/** The versions that an index has, a file at a time: sidecars of one crate stand together in most layouts. */
class KnownVersions {
  readonly #indexDir: string;
  #file = '';
  /** undefined where the file cannot be relied on */
  #versions: ReadonlySet<string> | undefined;

  constructor(indexDir: string) {
    this.#indexDir = indexDir;
  }

  has(file: string, version: string): boolean {
    if (file !== this.#file) {
      this.#file = file;
      this.#versions = this.#read(file);
    }
    return this.#versions?.has(version) ?? true;
  }

  #read(file: string): ReadonlySet<string> | undefined {
    try {
      const { entries, problems } = parseIndexFile(readFileSync(join(this.#indexDir, file)), file);
      return problems.length > 0 ? undefined : new Set(entries.map(({ version }) => version));
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? new Set() : undefined;
    }
  }
}
