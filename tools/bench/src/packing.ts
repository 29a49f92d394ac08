import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DirectorySource, walkIndex } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { generatedBody, sizeProfile } from '@crates-mirror/sample';
import { rewriteIndex } from '@crates-mirror/sample-registry';
import { measure } from './measure.ts';
import { bundled } from './programs.ts';
import { type Contender, type Ground, realIndex, type Scenario } from './scenario.ts';

/** Versions published in one day. */
const NEW = 500;
const LAYOUT = parseLayout('cargo');

/** The mean is 0.2 MB, as on crates.io: 400 GB in two million files. */
const NEW_SIZES = sizeProfile(85_000);

/** Crates of the smaller mirror. */
const FEW_CRATES = 1000;

/**
 * A parcel of one day's new crate files from a mirror of every version of a real index, and from
 * one of a thousand crates: the time goes with the day. The peers carry the same files by hand; the
 * programs are those that are released, since starting them counts.
 */
export async function packDay(ground: Ground): Promise<readonly Scenario[]> {
  const program = (await bundled(ground.repository))('mirror-carrier');
  const make = (name: string, crates: number | undefined): Promise<Scenario> =>
    packDayOf({ ...ground, directory: join(ground.directory, name) }, program, { name, crates });
  return [await make('pack-day-few', FEW_CRATES), await make('pack-day', undefined)];
}

async function packDayOf(
  ground: Ground,
  program: string,
  { name, crates }: { readonly name: string; readonly crates: number | undefined },
): Promise<Scenario> {
  const { directory } = ground;
  const write = (crate: string, version: string, body: Buffer): string => {
    const path = LAYOUT.pathOf({ name: crate, version, sha256: sha256Hex(body) });
    mkdirSync(dirname(join(directory, 'mirror', path)), { recursive: true });
    writeFileSync(join(directory, 'mirror', path), body);
    return path;
  };
  const index = join(directory, 'index');
  mkdirSync(index, { recursive: true });
  const source = { from: realIndex(ground), to: index, profile: sizeProfile(500), dl: '', onBody: write };
  rewriteIndex(crates === undefined ? source : { ...source, crates });
  commit(index);
  const pack = [process.execPath, program, 'pack', '--mirror', 'mirror', '--index-dir', 'index', '--to'];
  await measure({ argv: [...pack, 'first'], cwd: directory });
  writeFileSync(join(directory, 'new.txt'), addDay(index, write).join('\n'));
  commit(index);
  const clear = (): void => {
    for (const left of ['day', 'copy']) rmSync(join(directory, left), { recursive: true, force: true });
    mkdirSync(join(directory, 'copy'));
  };
  const copy = 'cd mirror && xargs -a ../new.txt cp --parents -t ../copy';
  const changed = 'cd ../index && git diff --name-only HEAD~1 | tar --zstd -cf ../copy/index.tar.zst -T -';
  const sums = 'cd ../copy && find . -type f -exec sha256sum {} + >../SHA256SUMS && sync -f .';
  const byHand = (script: string): Contender['command'] => ({ argv: ['sh', '-c', script], cwd: directory });
  return {
    title: `${name}: a parcel of ${NEW} new crate files, 100 MB, out of a mirror of ${crates ?? 'all'} crates`,
    row: name,
    contenders: [
      {
        name: 'mirror-carrier pack',
        command: { argv: [...pack, 'day', '--since', 'first/parcel-0001'], cwd: directory },
        prepare: clear,
      },
      {
        name: 'cp, tar, sha256sum, sync',
        command: byHand(`${copy} && ${changed} && ${sums}`),
        prepare: clear,
      },
      { name: 'cp', command: byHand(copy), prepare: clear },
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
    const body = generatedBody(last.name, vers, NEW_SIZES);
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
