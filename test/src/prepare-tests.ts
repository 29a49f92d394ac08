import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundlePrograms } from '@crates-mirror/release/bundle';

const REPOSITORY = resolve(import.meta.dirname, '../..');
/**
 * Bundles the programs in their released form: these tests start some hundred of them, and a start
 * takes a third less CPU time than from the sources.
 *
 * @param folder in the repository, so that the profiler is found, which is not bundled
 * @returns variables for the tests
 */
export async function prepare(folder = '.nx/programs'): Promise<NodeJS.ProcessEnv> {
  const programs = join(REPOSITORY, folder);
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs, { recursive: true });
  await bundlePrograms(REPOSITORY, programs);
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string;
  };
  writeFileSync(join(programs, 'package.json'), `${JSON.stringify({ type: 'module', version })}\n`);
  return { CRATES_MIRROR_TESTED_PROGRAMS: programs };
}
