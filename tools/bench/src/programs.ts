import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param app a folder of `apps`. @returns its program */
export type ProgramOf = (app: string) => string;

/** The programs as sources in the repository. */
export function sources(repository: string): ProgramOf {
  return (app) => join(repository, 'apps', app, 'src/main.js');
}

/**
 * The programs in their released form, freshly built. Within the repository, so that native
 * packages are found.
 */
export async function bundled(repository: string): Promise<ProgramOf> {
  const { bundlePrograms } = await import('@crates-mirror/release/bundle');
  const folder = join(repository, '.nx/bench-programs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await bundlePrograms(repository, folder);
  const { version } = readJson<{ version: string }>(join(repository, 'package.json'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', version }));
  return (app) => {
    const { bin } = readJson<{ bin: object }>(join(repository, 'apps', app, 'package.json'));
    return join(folder, 'bin', `${Object.keys(bin)[0]}.js`);
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
