import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Signer } from '@crates-mirror/signing';
import { portableTree } from './archive/portable.ts';
import { writeArchive } from './archive/write-archive.ts';
import { SUMS, signSums, writeSums } from './checksums.ts';
import type { BuildOptions } from './command-line.ts';
import { IMAGE_PLATFORM, writeImage } from './image/write-image.ts';
import { packFolder } from './npm/pack.ts';
import { writePackageFolder } from './npm/package-folder.ts';
import { sbomOf } from './sbom.ts';

/**
 * @param root the repository
 * @returns names of the built files, in `options.out`
 * @throws CodedError
 */
export async function build(root: string, options: BuildOptions): Promise<string[]> {
  const { gpgkey, gpgkeyPassphraseFile } = options;
  // An unusable key is detected before anything is built.
  const signer = gpgkey === undefined ? undefined : await Signer.open(gpgkey, gpgkeyPassphraseFile);
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'crates-mirror-release-'));
  try {
    const path = join(work, 'package');
    const folder = { ...(await writePackageFolder(root, path)), path };
    const built = [packFolder(path, out)];
    const bill = `crates-mirror-${folder.version}.sbom.cdx.json`;
    writeFileSync(join(out, bill), sbomOf(root, folder));
    built.push(bill);
    for (const platform of options.platforms) {
      const name = `crates-mirror-${folder.version}-${platform}`;
      const tree = await portableTree(root, folder, platform, work, name);
      await writeArchive(tree, join(out, `${name}.tar.zst`));
      built.push(`${name}.tar.zst`);
      if (platform === IMAGE_PLATFORM)
        built.push(await writeImage(tree, folder.version, platform, work, out));
    }
    await writeSums(out, built);
    return [...built, SUMS, ...(signer === undefined ? [] : [await signSums(out, signer)])];
  } finally {
    rmSync(work, { recursive: true });
  }
}
