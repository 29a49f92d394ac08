import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ExitCode, shutdownSignals } from '@crates-mirror/cli';
import { ENVIRONMENT_PREFIX } from '@crates-mirror/cli/config';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';

/** The workspace's own downloader, started as a user would start it. */
const OWN_DOWNLOADER = join(import.meta.dirname, '../../../downloader/src/main.js');
/** How long a foreign downloader may take to print its help, in ms. */
const HELP_MS = 5000;
/** In ms. Signals within this time count as one request, see `listenForShutdown`. */
const ONE_REQUEST_MS = 200;
/** After this many requests to stop, a downloader that has not ended is killed. */
const LAST_REQUEST = 3;

/** A program with its leading arguments. */
export interface Executable {
  readonly file: string;
  readonly args: readonly string[];
  /**
   * Whether it accepts a selection of crates. A foreign downloader is run once with --help to find
   * out.
   */
  readonly takesSelection: () => Promise<boolean>;
}

/**
 * @param path path given by the user; undefined for the workspace's own downloader
 * @throws UsageError when it cannot be executed
 */
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
  // It runs in its own process group. Otherwise, processes started by a script would survive it and
  // keep these pipes open.
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
    // Platforms without process groups.
    child.kill('SIGKILL');
  }
}

/**
 * Runs the downloader on this process's own terminal and forwards signals. If the whole process
 * group received a signal, the downloader gets it twice and treats the two as one.
 *
 * @returns its exit code; 130 if it was ended at our request, 1 if something else killed it
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

/**
 * Removes the variables that configure a downloader started directly. This one gets all of its
 * settings as arguments.
 */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(ENVIRONMENT_PREFIX)));
}

/**
 * Which signal to send to a child on the same terminal when this process received one. On Windows
 * it is none: the console notifies all of its processes itself, and any signal from one process to
 * another terminates the latter at once.
 */
export function signalForChild(
  signal: NodeJS.Signals,
  platform: NodeJS.Platform = process.platform,
): NodeJS.Signals | undefined {
  return platform === 'win32' ? undefined : signal;
}

/** Counts and forwards requests to stop. */
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
