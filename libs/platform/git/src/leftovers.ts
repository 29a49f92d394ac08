import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { MARK } from './environment.ts';

/** A git that is running. */
export interface GitProcess {
  readonly pid: number;
  /** Its command line, without settings. */
  readonly command: string;
}

/**
 * gits at work in `directory`, as /proc tells (proc(5)): those of this user, or all for root.
 *
 * @param directory an absolute path without links
 * @returns undefined where there is no /proc to tell
 */
export function gitsIn(directory: string): GitProcess[] | undefined {
  return runningGits((process) => isAtWork(process, directory));
}

/** Whether a process is in the directory, or has a file of it open: git keeps its lock files open. */
function isAtWork(process: string, directory: string): boolean {
  const isInside = (path: string): boolean => path === directory || path.startsWith(directory + sep);
  if (isInside(readlinkSync(`${process}/cwd`))) return true;
  return readdirSync(`${process}/fd`).some((fd) => isInside(readlinkSync(`${process}/fd/${fd}`)));
}

/**
 * gits that were started for the same purpose by a process that is no more. One that waits for a network that does not
 * answer would go on waiting.
 *
 * @param purpose as in `GitOptions`
 */
export function orphanedGits(purpose: string): GitProcess[] {
  const isOrphan = (process: string): boolean => {
    const environment = readFileSync(`${process}/environ`, 'utf8').split('\0');
    const mark = environment.find((variable) => variable.startsWith(`${MARK}=`))?.slice(MARK.length + 1);
    const parent = /^(\d+) (.*)$/s.exec(mark ?? '');
    return parent?.[2] === purpose && !isRunning(Number(parent[1]));
  };
  return runningGits(isOrphan) ?? [];
}

function isRunning(pid: number): boolean {
  return !/^\d+ \(.*\) [ZX]/s.test(readOrEmpty(`/proc/${pid}/stat`)) && existsSync(`/proc/${pid}`);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** @param isMeant is given `/proc/PID`, and may throw for a process that is gone or somebody else's */
function runningGits(isMeant: (process: string) => boolean): GitProcess[] | undefined {
  if (readOrEmpty('/proc/self/stat') === '') return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      if (!/^(.*\/)?git(-[a-z-]+)?$/.test(words[0] ?? '') || !isMeant(`/proc/${pid}`)) return [];
      return [{ pid: Number(pid), command: withoutSettings(words) }];
    } catch {
      return [];
    }
  });
}

function withoutSettings(words: readonly string[]): string {
  return words.filter((word, i) => word !== '-c' && words[i - 1] !== '-c').join(' ');
}

/** Lock files of a repository, below its `.git`. */
export function lockFiles(gitDirectory: string): string[] {
  const inRefs = list(join(gitDirectory, 'refs'), true);
  return [...list(gitDirectory, false), ...inRefs]
    .filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * Removes what a git that was killed has left: its locks, and packs it had not finished. None that `gitsIn` can see may be
 * working there; what belongs to another user stays, since that one's git is not seen.
 *
 * @param user whose leftovers they may be, a user id; root's are everybody's
 */
export function removeLeftovers(gitDirectory: string, user = process.getuid?.() ?? 0): string[] {
  const packs = list(join(gitDirectory, 'objects/pack'), false)
    .filter((entry) => entry.isFile() && /^\.?tmp[_-]/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = [...lockFiles(gitDirectory), ...packs].filter(
    (path) => user === 0 || lstatSync(path, { throwIfNoEntry: false })?.uid === user,
  );
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
