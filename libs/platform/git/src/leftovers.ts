import { type Dirent, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A process that works in a repository. */
export interface GitProcess {
  readonly pid: number;
  /** Its command line. */
  readonly command: string;
}

/**
 * gits at work in `directory`, as /proc tells (proc(5)): those of this user, or all for root.
 *
 * @param directory an absolute path without links
 * @returns undefined where there is no /proc to tell
 */
export function gitsIn(directory: string): GitProcess[] | undefined {
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    readlinkSync('/proc/self/cwd');
  } catch {
    return undefined;
  }
  return pids.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const isThere = /^(\S*\/)?git(-\S+)?( |$)/.test(command) && isAtWork(`/proc/${pid}`, directory);
      return isThere ? [{ pid: Number(pid), command }] : [];
    } catch {
      // Gone meanwhile, or somebody else's.
      return [];
    }
  });
}

/** Whether a process is in the directory, or has a file of it open: git keeps its lock files open. */
function isAtWork(process: string, directory: string): boolean {
  const isInside = (path: string): boolean => path === directory || path.startsWith(directory + sep);
  if (isInside(readlinkSync(`${process}/cwd`))) return true;
  return readdirSync(`${process}/fd`).some((fd) => isInside(readlinkSync(`${process}/fd/${fd}`)));
}

/** Lock files of a repository, below its `.git`. */
export function lockFiles(gitDirectory: string): string[] {
  const inRefs = list(join(gitDirectory, 'refs'), true);
  return [...list(gitDirectory, false), ...inRefs]
    .filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Removes what a git that was killed has left: its locks, and packs it had not finished. Nobody may be working there. */
export function removeLeftovers(gitDirectory: string): string[] {
  const packs = list(join(gitDirectory, 'objects/pack'), false)
    .filter((entry) => entry.isFile() && /^\.?tmp_|^tmp-/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = [...lockFiles(gitDirectory), ...packs];
  for (const path of found) rmSync(path, { force: true });
  return found;
}

function list(directory: string, recursive: boolean): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive });
  } catch {
    return [];
  }
}
