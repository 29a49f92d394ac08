import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cleanup, type Ended, REPOSITORY, runTool } from '../support/tools.ts';

export const CKSUM = 'a'.repeat(64);
export const MAIN = join(REPOSITORY, 'apps/sidecar-generator/src/main.js');

export function generator(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  return runTool(t, 'sidecar-generator', ['--index-dir', 'index', ...args], cwd);
}

export function counts(ended: Ended): Record<string, number> {
  const { new: fresh, changed, unchanged, left_out, problems } = JSON.parse(ended.stdout);
  return { fresh, changed, unchanged, left_out, problems };
}

export const JSON_LOG = ['--log-format', 'json'];

export function line(name: string, vers: string, more = ''): string {
  return `{"name":"${name}","vers":"${vers}","deps":[],"cksum":"${CKSUM}","features":{},"yanked":false${more}}`;
}

export function writeIndex(cwd: string, crates: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(join(cwd, 'index'), { recursive: true });
  writeFileSync(join(cwd, 'index/config.json'), '{}');
  for (const [path, lines] of Object.entries(crates)) {
    mkdirSync(join(cwd, 'index', dirname(path)), { recursive: true });
    writeFileSync(join(cwd, 'index', path), `${lines.join('\n')}\n`);
  }
}
