import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { MARK } from './environment.ts';

/** A running git process. */
export interface GitProcess {
  readonly pid: number;
  /** Its command line, without settings. */
  readonly command: string;
}

/**
 * git processes at work in `directory`, according to /proc (proc(5)): those of this user, or all
 * for root.
 *
 * @param directory an absolute path without links
 * @returns undefined if there is no /proc
 */
export function gitsIn(directory: string): GitProcess[] | undefined {
  return runningGits((process) => isAtWork(process, directory));
}

/**
 * Whether a process runs in the directory, or has a file of it open: git keeps its lock files open.
 */
function isAtWork(process: string, directory: string): boolean {
  const isInside = (path: string): boolean => path === directory || path.startsWith(directory + sep);
  if (isInside(readlinkSync(`${process}/cwd`))) return true;
  return readdirSync(`${process}/fd`).some((fd) => isInside(readlinkSync(`${process}/fd/${fd}`)));
}

/**
 * git processes started for the same purpose by a process that has ended. One that waits for an
 * unresponsive network would wait forever.
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

/**
 * @param isMeant called with `/proc/PID`; may throw for a process that has ended or belongs to
 *   another user
 */
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
 * Removes the leftovers of a killed git: its locks and unfinished packs. No process found by
 * `gitsIn` may be working there. Files of another user stay, since that user's processes are not
 * visible.
 *
 * @param user id of the user whose leftovers are removed; root removes everybody's
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
