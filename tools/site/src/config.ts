import { relative, resolve } from 'node:path';
import { defineConfig, type UserConfig } from 'vitepress';
import { anchorOf } from './anchor.ts';
import { LinkedFiles } from './linked-files.ts';
import { sidebarOf } from './sidebar.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const linked = new LinkedFiles(ROOT);

type Markdown = Parameters<NonNullable<NonNullable<UserConfig['markdown']>['config']>>[0];

/**
 * Renders Markdown as GitHub does: VitePress's own extensions would interpret some documents
 * differently.
 */
function asOnGitHub(markdown: Markdown): void {
  markdown.disable('emoji');
  markdown.core.ruler.push('linked-files', ({ tokens, env }) => {
    const page = relative(ROOT, (env as { path: string }).path).replaceAll('\\', '/');
    // Renders indented code like fenced code, with a frame and a copy button.
    for (const token of tokens) if (token.type === 'code_block') token.type = 'fence';
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', linked.resolve(page, href));
    }
  });
}

/**
 * The site consists of README.md, the other documents of the repository's root, and `docs/`, each
 * at its own path.
 */
export const config: UserConfig = defineConfig({
  title: 'crates-mirror',
  description: 'Keeps a verified, complete, resumable mirror of crates.io',
  lang: 'en',
  srcDir: ROOT,
  srcExclude: ['!(*.md|docs)/**'],
  rewrites: { 'README.md': 'index.md' },
  outDir: resolve(ROOT, 'dist/site'),
  cacheDir: resolve(ROOT, '.nx/site'),
  markdown: {
    attrs: { disable: true },
    anchor: { slugify: anchorOf },
    config: asOnGitHub,
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: sidebarOf(ROOT).map(({ items, ...group }) => ({ ...group, items: [...items] })),
    outline: { level: [2, 3] },
  },
  buildEnd: ({ outDir }) => linked.copy(outDir),
});
