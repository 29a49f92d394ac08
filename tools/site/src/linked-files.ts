import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Where the site has copies of the files that pages link to. */
const FOLDER = 'files';

/**
 * What a link of a page leads to on the site: a page, or a copy of a file of the repository, as text, whatever a web server
 * takes its name for.
 */
export class LinkedFiles {
  readonly #root: string;
  readonly #paths = new Set<string>();

  /** @param root the repository */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * @param page path from the repository's root
   * @param href a link as it stands there
   * @throws Error for a link to a folder, of which a site has no page; the system's error where nothing is there
   */
  resolve(page: string, href: string): string {
    if (/^([a-z]+:|#)/.test(href)) return href;
    const [path = '', anchor] = href.split('#');
    const target = posix.join(posix.dirname(page), decodeURI(path));
    const suffix = anchor === undefined ? '' : `#${anchor}`;
    if (target === 'README.md') return `/${suffix}`;
    if (target.endsWith('.md')) return href;
    if (statSync(join(this.#root, target)).isDirectory())
      throw new Error(`${page} links to the folder ${target}: link to a file in it`);
    this.#paths.add(target);
    return `/${FOLDER}/${target}.txt`;
  }

  /** Copies all files that were linked to. @param out the site. @throws the system's error */
  copy(out: string): void {
    for (const path of this.#paths) {
      const copy = join(out, FOLDER, `${path}.txt`);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(this.#root, path), copy);
    }
  }
}
