import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { gitEnvironment, SETTING_ARGUMENTS } from './environment.ts';
import { GitError } from './git-error.ts';
import { StderrReader } from './stderr-reader.ts';

/** ms between SIGTERM and SIGKILL */
const GRACE_MS = 5000;

export interface GitOptions {
  /** git's working directory: the repository, or the parent of a new one. An absolute path. */
  readonly directory: string;
  /** What git is started for, see `orphanedGits` [the directory]. */
  readonly purpose?: string;
  /** Terminates git. */
  readonly signal?: AbortSignal;
  /** Callback for lines like `Receiving objects:  45% (123/456)`. */
  readonly onProgress?: (line: string) => void;
  /** git is terminated after this time without output; 0 is never [0]. ms */
  readonly idleMs?: number;
}

/** Runs git to its end. @returns its stdout. @throws GitError, or the signal's reason */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const chunks: Buffer[] = [];
  const running = startGit(args, options);
  running.child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await running.ended;
  return Buffer.concat(chunks).toString('utf8');
}

export interface RunningGit {
  readonly child: ChildProcess;
  /** Rejects with a GitError, or with the signal's reason. */
  readonly ended: Promise<void>;
}

/** Starts git with its stdin, stdout and stderr as pipes; stdin is only for `isFed` commands. */
export function startGit(
  args: readonly string[],
  { directory, purpose = directory, signal, onProgress = () => {}, idleMs = 0 }: GitOptions,
  isFed = false,
): RunningGit {
  signal?.throwIfAborted();
  const child = spawn('git', [...SETTING_ARGUMENTS, ...args], {
    cwd: directory,
    env: gitEnvironment(process.env, dirname(directory), purpose),
    stdio: [isFed ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // A process group of its own, so that git's children can be terminated too: git-remote-https
    // outlives its git.
    detached: true,
    windowsHide: true,
  });
  const command = args.find((argument) => /^[a-z]/.test(argument)) ?? '';
  const stderr = new StderrReader(onProgress);
  const watch = new IdleWatch(idleMs, () => end(child));
  child.stderr?.on('data', (chunk: Buffer) => {
    watch.alive();
    stderr.read(chunk);
  });
  child.stdout?.on('data', () => watch.alive());
  const onAbort = (): void => end(child);
  signal?.addEventListener('abort', onAbort);
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(spawnError(error)));
    child.on('close', (code, killedBy) => {
      const said = stderr.end();
      if (code === 0) return resolve();
      if (signal?.aborted === true) reject(signal.reason);
      else if (watch.hasFired) {
        const message = `git ${command} stood still for ${Math.round(idleMs / 1000)} seconds`;
        reject(new GitError('git_network', message, said));
      } else
        reject(
          GitError.of(command, killedBy === null ? `ended with ${code}` : `was ended by ${killedBy}`, said),
        );
    });
  }).finally(() => {
    watch.stop();
    signal?.removeEventListener('abort', onAbort);
  });
  return { child, ended };
}

function end(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const last = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
  child.on('close', () => clearTimeout(last));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch {
    // The group is empty, or the system has no process groups.
    child.kill(signal);
  }
}

function spawnError(error: NodeJS.ErrnoException): GitError {
  return error.code === 'ENOENT'
    ? new GitError('git_missing', 'git was not found', '', error)
    : new GitError('git_failed', `git cannot be started: ${error.message}`, '', error);
}

class IdleWatch {
  hasFired = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(idleMs: number, onIdle: () => void) {
    if (idleMs === 0) return;
    this.#timer = setTimeout(() => {
      this.hasFired = true;
      onIdle();
    }, idleMs);
  }

  alive(): void {
    if (!this.hasFired) this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
