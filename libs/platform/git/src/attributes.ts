import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { type GitOptions, git } from './run-git.ts';

/** Disables filters that the user has installed, and conversion of line ends. */
const AS_IT_IS = '* -filter -text -crlf -eol -ident -working-tree-encoding\n';

/**
 * Makes a repository check content out unconverted, overriding the attributes in its tree.
 *
 * @throws GitError
 */
export async function takeAsItIs(options: GitOptions): Promise<void> {
  const path = (await git(['rev-parse', '--git-path', 'info/attributes'], options)).replace(/\n$/, '');
  const file = resolve(options.directory, path);
  const present = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (present.endsWith(AS_IT_IS)) return;
  makeDirectories(dirname(file));
  appendFileSync(file, present === '' || present.endsWith('\n') ? AS_IT_IS : `\n${AS_IT_IS}`);
}
