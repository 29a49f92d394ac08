import { execFileSync } from 'node:child_process';

/** npm of the machine, without a word of its own. */
export function npm(args: readonly string[], cwd: string): string {
  const isWindows = process.platform === 'win32';
  return execFileSync(isWindows ? 'npm.cmd' : 'npm', args, {
    cwd,
    encoding: 'utf8',
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Packs a package's folder. npm gives all files one time, so that equal folders have equal archives. @returns the file's name */
export function packFolder(folder: string, out: string): string {
  return npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', out], folder).trim();
}
