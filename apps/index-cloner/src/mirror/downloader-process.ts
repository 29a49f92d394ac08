import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ExitCode, shutdownSignals } from '@crates-mirror/cli';
import { ENVIRONMENT_PREFIX } from '@crates-mirror/cli/config';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';

/** The workspace's own, started as a user would. */
const OWN_DOWNLOADER = join(import.meta.dirname, '../../../downloader/src/main.js');
/** How long a foreign downloader may take to print its help. ms */
const HELP_MS = 5000;
/** Signals within this time are one request, see `listenForShutdown`. ms */
const ONE_REQUEST_MS = 200;
/** The request after which a downloader that does not end by itself is ended. */
const LAST_REQUEST = 3;

/** A program and the arguments that always come first. */
export interface Executable {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether it takes a selection of crates. Another downloader than ours is asked for its help, once. */
  readonly takesSelection: () => Promise<boolean>;
}

/** @param path what the user named; undefined for the workspace's own. @throws UsageError when it cannot be run */
export function findDownloader(path: string | undefined): Executable {
  if (path === undefined) {
    return { file: process.execPath, args: [OWN_DOWNLOADER], takesSelection: async () => true };
  }
  const directories = /[\\/]/.test(path) ? [] : (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = [resolve(path), ...directories.map((directory) => join(directory, path))];
  const file = candidates.find(isExecutable);
  if (file === undefined)
    throw new UsageError(`--downloader-path: ${path} is not there, or cannot be executed`, {
      hint: 'Name an executable file',
    });
  let answer: Promise<boolean> | undefined;
  return {
    file,
    args: [],
    takesSelection() {
      answer ??= helpTellsSelection(file);
      return answer;
    },
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function helpTellsSelection(file: string): Promise<boolean> {
  // A group of its own: what a script has started would otherwise go on, and hold these pipes open.
  const child = spawn(file, ['--help'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const limit = setTimeout(() => killGroup(child), HELP_MS);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => (text += part));
  await new Promise((done) => child.on('close', done).on('error', done));
  clearTimeout(limit);
  return text.includes('-only-crates') && text.includes('-retry-out');
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // Where there are no groups.
    child.kill('SIGKILL');
  }
}

/**
 * Runs the downloader on this process's own terminal, and passes signals on: where a whole process group gets them, the
 * downloader takes the two for one.
 *
 * @returns its exit code; 130 when it was ended at our request, 1 when something else has killed it
 */
export async function runDownloader(
  { file, args }: Executable,
  more: readonly string[],
  logger: Logger,
): Promise<number> {
  const child = spawn(file, [...args, ...more], { stdio: 'inherit', env: withoutSettings(process.env) });
  const requests = new Requests(child);
  try {
    return await new Promise((done, fail) => {
      child.on('error', (error) => fail(new UsageError(`cannot run ${file}: ${errorMessage(error)}`)));
      child.on('exit', (code, signal) => {
        if (code !== null) return done(code);
        if (requests.count > 0) return done(ExitCode.interrupted);
        logger.error(`the downloader was ended by ${signal}; the next run goes on where it stopped`);
        done(ExitCode.failed);
      });
    });
  } finally {
    requests.dispose();
  }
}

/** What the environment sets for a downloader that is started alone: this one has all it needs in its arguments. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(ENVIRONMENT_PREFIX)));
}

/**
 * What a child on the same terminal is sent for a signal that this process got. On Windows that is nothing: the console asks all of
 * its processes by itself, and every signal that one sends to another ends it at once.
 */
export function signalForChild(
  signal: NodeJS.Signals,
  platform: NodeJS.Platform = process.platform,
): NodeJS.Signals | undefined {
  return platform === 'win32' ? undefined : signal;
}

/** Requests to stop, passed on. */
class Requests {
  count = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const signal of shutdownSignals()) process.on(signal, this.#passOn);
  }

  dispose(): void {
    for (const signal of shutdownSignals()) process.off(signal, this.#passOn);
  }

  readonly #passOn = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (now - this.#lastAt > ONE_REQUEST_MS) this.count += 1;
    this.#lastAt = now;
    const passed = this.count >= LAST_REQUEST ? 'SIGKILL' : signalForChild(signal);
    if (passed !== undefined) this.#child.kill(passed);
  };
}
