import { DirectorySource } from './directory-source.ts';
import type { IndexLocation, IndexSource } from './index-source.ts';

/** Opens an index that another thread has opened: the same files of the same commit. */
export async function openIndexAt({ directory, tree }: IndexLocation): Promise<IndexSource> {
  if (tree === undefined) return new DirectorySource(directory);
  // Loaded only when needed.
  const { GitSource } = await import('./git-source.ts');
  return new GitSource(directory, tree);
}
