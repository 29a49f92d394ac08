import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BuildOptions } from './command-line.ts';
import { packFolder } from './npm/pack.ts';
import { writePackageFolder } from './npm/package-folder.ts';

/** @param root the repository. @returns names of what was built */
export async function build(root: string, options: BuildOptions): Promise<string[]> {
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'crates-mirror-release-'));
  try {
    const folder = join(work, 'package');
    await writePackageFolder(root, folder);
    return [packFolder(folder, out)];
  } finally {
    rmSync(work, { recursive: true });
  }
}
