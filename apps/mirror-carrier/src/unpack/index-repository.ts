import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { checkGit, git, gitsIn, removeLeftovers, takeAsItIs } from '@crates-mirror/git';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import type { ParcelManifest } from '../parcel/manifest.ts';

const SETTINGS = [
  '-c',
  'commit.gpgSign=false',
  '-c',
  'user.name=crates-mirror',
  '-c',
  'user.email=crates-mirror@localhost',
];

/**
 * Commits the index after a parcel was applied, creating the repository if necessary.
 *
 * @throws GitError
 */
export async function commitIndex(indexDir: string, { sequence, packed_at }: ParcelManifest): Promise<void> {
  const directory = resolve(indexDir);
  const options = { directory };
  await checkGit(options);
  if (!existsSync(join(directory, '.git')))
    await git(['init', '--quiet', '--initial-branch=master'], options);
  // This run holds the lock of the index, so no git process works there unless somebody started one
  // by hand.
  else if (gitsIn(join(directory, '.git'))?.length === 0) removeLeftovers(join(directory, '.git'));
  await takeAsItIs(options);
  // The carrier's own files are not part of the index.
  writeFileAtomic(join(directory, '.git/info/exclude'), `/${HOME_DIRECTORY}/\n`);
  await git(['add', '--all', '--force', '--', '.', `:(exclude)${HOME_DIRECTORY}`], options);
  const staged = await git(['status', '--porcelain', '--untracked-files=no'], options);
  if (staged === '') return;
  const message = `Parcel ${sequence}, packed ${packed_at}`;
  await git([...SETTINGS, 'commit', '--quiet', '--no-verify', '--message', message], options);
}
