import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { CodedError } from '@crates-mirror/errors';
import { type TreeFile, textFile } from '../archive/tree.ts';
import { USER } from './config.ts';

/** Debian's packages with the libraries that Node.js needs. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];

/**
 * The system files that Node.js needs, copied from this machine: its libraries with their licenses,
 * a user, and name resolution.
 *
 * @param node a Node.js for this machine
 * @throws CodedError if it does not run here
 */
export function systemFiles(node: string): Map<string, TreeFile> {
  const files = new Map<string, TreeFile>();
  for (const library of librariesOf(node))
    files.set(library.slice(1), { content: readFileSync(library), isExecutable: true });
  for (const name of PACKAGES) {
    const path = `/usr/share/doc/${name}/copyright`;
    if (existsSync(path)) files.set(path.slice(1), { content: readFileSync(path), isExecutable: false });
  }
  files.set('etc/passwd', textFile(`crates-mirror:x:${USER}:${USER}::/data:/sbin/nologin\n`));
  files.set('etc/group', textFile(`crates-mirror:x:${USER}:\n`));
  files.set('etc/nsswitch.conf', textFile('hosts: files dns\n'));
  return files;
}

/** Paths of an executable's shared libraries. @throws CodedError */
export function librariesOf(executable: string): string[] {
  let listed: string;
  try {
    listed = execFileSync('ldd', [executable], { encoding: 'utf8' });
  } catch (cause) {
    throw new CodedError(
      'no_libraries',
      `ldd does not list what ${executable} needs: it is not for this machine`,
      { cause },
    );
  }
  return [...listed.matchAll(/(?:=> |^\s*)(\/\S+) \(/gm)].map(([, path]) => path as string);
}
