import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** The site's folder for copies of linked files. */
const FOLDER = 'files';

/**
 * Resolves a page's links on the site: to a page, or to a copy of a repository file, as text,
 * whatever type a web server would derive from its name.
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
   * @param href the link in the page
   * @throws Error for a link to a folder, which has no page on the site; the system's error if the
   *   target does not exist
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

  /** Copies all linked files. @param out the site. @throws the system's error */
  copy(out: string): void {
    for (const path of this.#paths) {
      const copy = join(out, FOLDER, `${path}.txt`);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(this.#root, path), copy);
    }
  }
}
