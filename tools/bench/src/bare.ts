import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, type Ground, realIndex, type Scenario } from './scenario.ts';

/**
 * A dry run over a bare repository of an index, packed by index-cloner and by git alone, compared
 * to one over its checkout.
 */
export async function bare(ground: Ground): Promise<Scenario> {
  const { directory, programOf } = ground;
  const work = join(directory, 'work');
  cpSync(realIndex(ground), work, { recursive: true, filter: (path) => !path.endsWith('/.git') });
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org'];
  const git = (cwd: string, ...args: string[]): unknown =>
    execFileSync('git', [...identity, ...args], { cwd });
  git(work, 'init', '--quiet');
  git(work, 'add', '--all');
  git(work, 'commit', '--quiet', '--message=index');
  git(directory, 'clone', '--quiet', '--bare', '--no-local', 'work', 'deltas.git');
  const cloner = programOf('index-cloner');
  const clone = ['--bare', '--index-only', '--index-url', `file://${work}`, '--index-dir', 'whole.git'];
  execFileSync(process.execPath, [cloner, ...clone], { cwd: directory, stdio: 'ignore' });
  const main = programOf('downloader');
  const dryRun = (name: string, index: string): Contender => {
    const options = ['--dry-run', '--size-sample', '0', '--out', 'none', '--index-dir', index];
    return { name, command: { argv: [process.execPath, main, ...options], cwd: directory } };
  };
  return {
    title: 'bare: a dry run over a bare repository',
    contenders: [
      dryRun('bare', 'whole.git'),
      dryRun('checkout', 'work'),
      dryRun('bare, packed by git alone', 'deltas.git'),
    ],
  };
}
