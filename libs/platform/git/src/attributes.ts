import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { type GitOptions, git } from './run-git.ts';

/** No filter that the user has installed, no other line ends. */
const AS_IT_IS = '* -filter -text -crlf -eol -ident -working-tree-encoding\n';

/** Has a repository take content as it is, whatever its tree asks for: that is the last word on it. @throws GitError */
export async function takeAsItIs(options: GitOptions): Promise<void> {
  const path = (await git(['rev-parse', '--git-path', 'info/attributes'], options)).replace(/\n$/, '');
  const file = resolve(options.directory, path);
  const present = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (present.endsWith(AS_IT_IS)) return;
  makeDirectories(dirname(file));
  appendFileSync(file, present === '' || present.endsWith('\n') ? AS_IT_IS : `\n${AS_IT_IS}`);
}
