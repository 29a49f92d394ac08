import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.txt': 'text/plain',
};

/** The files of a built site, and the links of its pages. */
export class BuiltSite {
  readonly #files: ReadonlyMap<string, string>;

  /** @param directory the site */
  constructor(directory: string) {
    const paths = globSync('**/*.*', { cwd: directory });
    this.#files = new Map(paths.map((path) => [`/${path}`, join(directory, path)]));
  }

  get pages(): string[] {
    return [...this.#files.keys()].filter((path) => path.endsWith('.html')).sort();
  }

  text(path: string): string {
    const file = this.#files.get(path.endsWith('/') ? `${path}index.html` : path);
    if (file === undefined) throw new Error(`the site has no ${path}`);
    return readFileSync(file, 'utf8');
  }

  /** Links within the site to a missing file, or to a missing id: `PAGE: LINK`. */
  brokenLinks(): string[] {
    const ids = new Map<string, Set<string>>();
    const idsOf = (path: string): Set<string> => {
      const known = ids.get(path) ?? new Set(attributes(this.text(path), 'id'));
      ids.set(path, known);
      return known;
    };
    const leads = (page: string, link: string): boolean => {
      const { pathname, hash } = new URL(link, `http://site${page}`);
      const path = pathname === '/' ? '/index.html' : pathname;
      if (!this.#files.has(path)) return false;
      return hash === '' || idsOf(path).has(decodeURIComponent(hash.slice(1)));
    };
    return this.pages.flatMap((page) => {
      const links = [...attributes(this.text(page), 'href'), ...attributes(this.text(page), 'src')];
      return [...new Set(links)]
        .filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link))
        .map((link) => `${page}: ${link}`);
    });
  }

  /** Serves the site on a port of 127.0.0.1, as any web server would. */
  async serve(): Promise<{ readonly origin: string; close(): void }> {
    const server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://site');
      try {
        const text = this.text(pathname);
        response.setHeader('Content-Type', TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream');
        response.end(text);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
  }
}

function attributes(html: string, name: string): string[] {
  const pattern = new RegExp(`\\s${name}="([^"]*)"`, 'g');
  return Array.from(html.matchAll(pattern), ([, value = '']) => value.replaceAll('&amp;', '&'));
}
