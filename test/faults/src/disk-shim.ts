import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'disk-shim.c');
const COMPILERS = ['cc', 'gcc', 'clang'];

/** @returns the reason why the shim cannot be built here, if there is one */
export function missingShim(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is for Linux';
  return compiler() === undefined ? 'there is no C compiler' : undefined;
}

function compiler(): string | undefined {
  return COMPILERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

let made: string | undefined;

/**
 * Compiles the shim once per process.
 *
 * @returns a shared object for LD_PRELOAD; see disk-shim.c for its variables
 */
export function makeShim(): string {
  if (made !== undefined) return made;
  const path = join(mkdtempSync(join(tmpdir(), 'disk-shim-')), 'disk-shim.so');
  const flags = ['-O2', '-shared', '-fPIC', '-o', path, SOURCE, '-ldl', '-lpthread'];
  const { status, stderr } = spawnSync(compiler() ?? 'cc', flags, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`disk-shim.c does not compile: ${stderr}`);
  made = path;
  return path;
}
