import type { BytePath } from '../byte-path.ts';
import type { Tree } from './tree.ts';
import { TreePaths } from './tree-paths.ts';
import { type IsLeftOut, type Walked, walk } from './walk.ts';

/** The files below a directory of this machine. */
export class DirectoryTree implements Tree {
  readonly #paths: TreePaths;

  constructor(root: BytePath) {
    this.#paths = new TreePaths(root);
  }

  walk(isLeftOut: IsLeftOut): Iterable<Walked> {
    return walk(this.#paths, isLeftOut);
  }

  /** What is in a directory is in its listing; no path of an inventory is opened. */
  async find(): Promise<undefined> {
    return undefined;
  }

  close(): void {
    this.#paths.close();
  }
}
