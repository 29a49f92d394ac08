import { chmodSync, createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Platform } from '../archive/node-package.ts';
import { nodePath } from '../archive/starters.ts';
import type { Tree, TreeFile } from '../archive/tree.ts';
import { tarOf } from '../archive/write-archive.ts';
import { HOME, imageConfig, OPEN_DIRECTORIES } from './config.ts';
import { imageLayout } from './layout.ts';
import { systemFiles } from './system-files.ts';

/**
 * The platform for which this machine can build an image: system files are copied from this
 * machine.
 */
export const IMAGE_PLATFORM: Platform | undefined =
  process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
    ? `linux-${process.arch}`
    : undefined;

/**
 * Writes a container image: the portable archive and the system files that Node.js needs, nothing
 * else.
 *
 * @param portable the archive's tree, with its folder's name before each path
 * @param work a directory for the executable, for inspecting it
 * @returns the image's name in `out`
 */
export async function writeImage(
  portable: Tree,
  version: string,
  platform: Platform,
  work: string,
  out: string,
): Promise<string> {
  const root = new Map<string, TreeFile>();
  for (const [path, file] of portable) root.set(path.replace(/^[^/]+/, HOME), file);
  const node = join(work, `node-${platform}`);
  writeFileSync(node, (root.get(`${HOME}/${nodePath(platform)}`) as TreeFile).content);
  chmodSync(node, 0o755);
  for (const [path, file] of systemFiles(node)) root.set(path, file);
  const architecture = platform.endsWith('arm64') ? 'arm64' : 'amd64';
  const tag = `crates-mirror:${version}`;
  const layout = imageLayout(root, OPEN_DIRECTORIES, imageConfig(version), architecture, tag);
  const name = `crates-mirror-${version}-${platform}.oci.tar`;
  await pipeline(Readable.from(tarOf(layout)), createWriteStream(join(out, name)));
  return name;
}
