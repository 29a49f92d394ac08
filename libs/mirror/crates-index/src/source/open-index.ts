import { type Dirent, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { type FoundRepository, findRepository } from '@crates-mirror/git-objects/find';
import { DirectorySource } from './directory-source.ts';
import type { IndexSource } from './index-source.ts';
import { whatElse } from './what-else.ts';

const CLONE_HINT = 'Name a clone of https://github.com/rust-lang/crates.io-index, bare or with its files';

/**
 * Opens an index: a checkout, a bare repository, or a clone whose files were never checked out.
 * Anything else is rejected at once. A repository provides the files of the commit that HEAD points
 * to now.
 *
 * @throws UsageError
 */
export async function openIndex(root: string): Promise<IndexSource> {
  const entries = list(root);
  if (entries.some(({ name }) => name === 'config.json')) {
    const source = new DirectorySource(resolve(root));
    if (entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'))) return source;
    throw notAnIndex(root, entries, 'it holds no crates');
  }
  const repository = findRepository(root);
  if (repository === undefined) throw notAnIndex(root, entries, 'it has no config.json');
  return openRepository(root, repository);
}

/** Loads the code for git only when needed. */
async function openRepository(root: string, { kind, gitDirectory }: FoundRepository): Promise<IndexSource> {
  const what = kind === 'bare' ? 'a bare repository' : 'a clone without its files';
  const { headTree } = await import('./head-tree.ts');
  try {
    const { source } = headTree(resolve(gitDirectory));
    const names = source.list('');
    const lacks = !names.some(({ name }) => name === 'config.json')
      ? 'config.json'
      : !names.some((entry) => entry.kind === 'directory' && !entry.name.startsWith('.'))
        ? 'crates'
        : undefined;
    if (lacks === undefined) return source;
    throw new UsageError(`no index at ${root}: it is ${what}, and its HEAD has no ${lacks}`, {
      hint: CLONE_HINT,
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`no index at ${root}: it is ${what} that cannot be read: ${errorMessage(error)}`, {
      hint: 'Fetch into it, or check it out somewhere and name that',
      cause: error,
    });
  }
}

function list(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw new UsageError(`no index at ${root}: there is no such directory`, { hint: CLONE_HINT });
    if (errorCode(error) === 'ENOTDIR')
      throw new UsageError(`no index at ${root}: it is a file`, { hint: CLONE_HINT });
    throw new UsageError(`cannot read the index at ${root}: ${errorMessage(error)}`);
  }
}

function notAnIndex(root: string, entries: readonly Dirent[], why: string): UsageError {
  const { what = why, hint = CLONE_HINT } = whatElse(root, entries) ?? {};
  return new UsageError(`no index at ${root}: ${what}`, { hint });
}
