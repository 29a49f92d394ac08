import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DirectorySource, walkIndex } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { generatedBody, sizeProfile } from '@crates-mirror/sample';
import { rewriteIndex } from '@crates-mirror/sample-registry';
import { measure } from './measure.ts';
import { type Ground, realIndex, type Scenario } from './scenario.ts';

/** Versions published in one day. */
const NEW = 500;
const LAYOUT = parseLayout('cargo');

/**
 * A parcel of one day's new crate files from a mirror of every version of a real index, compared to
 * a copy of just these files.
 */
export async function packDay(ground: Ground): Promise<Scenario> {
  const { directory, repository } = ground;
  const write = (name: string, version: string, body: Buffer): string => {
    const path = LAYOUT.pathOf({ name, version, sha256: sha256Hex(body) });
    mkdirSync(dirname(join(directory, 'mirror', path)), { recursive: true });
    writeFileSync(join(directory, 'mirror', path), body);
    return path;
  };
  const index = join(directory, 'index');
  mkdirSync(index);
  rewriteIndex({ from: realIndex(ground), to: index, profile: sizeProfile(500), dl: '', onBody: write });
  commit(index);
  const main = join(repository, 'apps/mirror-carrier/src/main.js');
  const pack = [process.execPath, main, 'pack', '--mirror', 'mirror', '--index-dir', 'index', '--to'];
  await measure({ argv: [...pack, 'first'], cwd: directory });
  writeFileSync(join(directory, 'new.txt'), addDay(index, write).join('\n'));
  commit(index);
  const clear = (): void => {
    for (const left of ['day', 'copy']) rmSync(join(directory, left), { recursive: true, force: true });
    mkdirSync(join(directory, 'copy'));
  };
  const copy = 'cd mirror && xargs -a ../new.txt cp --parents -t ../copy';
  return {
    title: `pack-day: a parcel of ${NEW} new crate files, median 14 kB, out of a mirror of every version of the index`,
    contenders: [
      {
        name: 'mirror-carrier pack',
        command: { argv: [...pack, 'day', '--since', 'first/parcel-0001'], cwd: directory },
        prepare: clear,
      },
      { name: 'cp', command: { argv: ['sh', '-c', copy], cwd: directory }, prepare: clear },
    ],
  };
}

/**
 * Publishes one more version of crates across the whole index.
 *
 * @returns the paths of the crate files
 */
function addDay(
  index: string,
  write: (name: string, version: string, body: Buffer) => string,
): readonly string[] {
  const files = [...walkIndex(new DirectorySource(index), 1000, () => {})].flatMap((batch) => batch.files);
  const step = Math.max(1, Math.floor(files.length / NEW));
  const chosen = files.filter((_, i) => i % step === 0).slice(0, NEW);
  return chosen.map((file, i) => {
    const path = join(index, file);
    const text = readFileSync(path, 'utf8').trimEnd();
    const last = JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as { readonly name: string };
    const vers = `9999.0.${i}`;
    const body = generatedBody(last.name, vers, sizeProfile(14_000));
    writeFileSync(path, `${text}\n${JSON.stringify({ ...last, vers, cksum: sha256Hex(body) })}\n`);
    return write(last.name, vers, body);
  });
}

/** The state in which index-cloner leaves a clone: under git, which tracks changes. */
function commit(index: string): void {
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', '-c', 'gc.auto=0'];
  const git = (...args: string[]): unknown => execFileSync('git', [...identity, ...args], { cwd: index });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message=index');
  git('gc', '--quiet');
}
