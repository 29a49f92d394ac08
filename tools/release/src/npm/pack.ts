import { execFileSync } from 'node:child_process';
import { CodedError, errorMessage } from '@crates-mirror/errors';

/** bytes */
const MAX_OUTPUT = 64 << 20;

/**
 * Runs the machine's npm.
 *
 * @returns its stdout
 * @throws CodedError if it fails; stderr then has the reason
 */
export function npm(args: readonly string[], cwd: string): string {
  const isWindows = process.platform === 'win32';
  try {
    return execFileSync(isWindows ? 'npm.cmd' : 'npm', args, {
      cwd,
      encoding: 'utf8',
      shell: isWindows,
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: MAX_OUTPUT,
    });
  } catch (cause) {
    throw new CodedError('npm_failed', `npm ${args.join(' ')} failed: ${errorMessage(cause)}`, { cause });
  }
}

/**
 * Packs a package's folder. npm gives all files the same time, so that equal folders have equal
 * archives.
 *
 * @returns the file's name
 */
export function packFolder(folder: string, out: string): string {
  return npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', out], folder).trim();
}
