import { programsOf } from '../bundle/programs.ts';
import type { PackageFolder } from '../npm/package-folder.ts';
import { sbomOf } from '../sbom.ts';
import { fetchNode, NODE_PACKAGES, type Platform } from './node-package.ts';
import { nodePath, starterOf } from './starters.ts';
import { readTree, type Tree, type TreeFile, textFile } from './tree.ts';

/** Files of the package that belong at the top of an archive. */
const AT_TOP = ['README.md', 'LICENSE', 'CHANGELOG.md', 'THIRD-PARTY-LICENSES'];

/**
 * The files of a portable archive: a folder with Node.js and all programs, which runs from any
 * location.
 *
 * @param root the repository
 * @param folder the npm package's folder and files
 * @param work a directory for downloads
 * @param top the folder's name
 */
export async function portableTree(
  root: string,
  folder: PackageFolder & { readonly path: string },
  platform: Platform,
  work: string,
  top: string,
): Promise<Tree> {
  const lib = `${top}/lib/crates-mirror`;
  const tree = new Map<string, TreeFile>(readTree(folder.path, lib));
  for (const [path, file] of [...tree]) {
    const inPackage = path.slice(lib.length + 1);
    if (!AT_TOP.includes(inPackage) && !inPackage.startsWith('share/')) continue;
    tree.set(`${top}/${inPackage}`, file);
    tree.delete(path);
  }
  const node = await fetchNode(platform, work);
  tree.set(`${top}/${nodePath(platform)}`, { content: node.executable, isExecutable: true });
  tree.set(`${top}/node/LICENSE`, { content: node.license, isExecutable: false });
  for (const program of programsOf(root)) {
    const [path, file] = starterOf(platform, program.name);
    tree.set(`${top}/${path}`, file);
  }
  tree.set(`${top}/sbom.cdx.json`, textFile(sbomOf(root, folder, NODE_PACKAGES[platform])));
  return tree;
}
