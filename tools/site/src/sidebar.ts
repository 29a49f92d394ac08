import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Entry {
  readonly text: string;
  /** Path of a page from the repository's root, with a leading `/` and without `.md`. */
  readonly link: string;
}

export interface Group {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly Entry[];
}

/**
 * Folders with at most one page in the README's list: groups of their own, after the related one.
 */
const FOLDERS: readonly { readonly after: string; readonly title: string; readonly folder: string }[] = [
  { after: 'Reference', title: 'Options', folder: 'docs/reference' },
  { after: 'Explanation', title: 'Design', folder: 'docs/design' },
  { after: 'Explanation', title: 'Decisions', folder: 'docs/decisions' },
];
/** A list item with its continuation lines. */
const ITEM = /^- (?:(\w+): )?(.*(?:\n {2}.*)*)/gm;
const LINK = /\[([^\]]+)\]\(([^)#]+)\.md\)/g;

/**
 * The site's sidebar: the README's list under "Documentation", in its order, and the pages of
 * folders.
 *
 * @param root the repository
 * @throws Error if the README has no such list
 */
export function sidebarOf(root: string): Group[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, list] = readme.split(/^## Documentation$/m);
  if (list === undefined) throw new Error('README.md has no section "Documentation"');
  return Array.from(list.matchAll(ITEM)).flatMap(([, title = 'Project', links = '']) => [
    group(title, linksIn(links)),
    ...FOLDERS.filter(({ after }) => after === title).map((one) =>
      group(one.title, pagesIn(root, one.folder)),
    ),
  ]);
}

function group(text: string, items: readonly Entry[]): Group {
  return { text, collapsed: text !== 'Guides', items };
}

function linksIn(text: string): Entry[] {
  return Array.from(text.matchAll(LINK), ([, title = '', path = '']) => ({
    text: capitalized(title.replaceAll('`', '').replace(/\.md$/, '')),
    link: `/${path}`,
  }));
}

function pagesIn(root: string, folder: string): Entry[] {
  const files = globSync('*.md', { cwd: join(root, folder) }).sort();
  return files
    .filter((file) => file !== 'README.md')
    .map((file) => ({
      text: titleOf(readFileSync(join(root, folder, file), 'utf8')),
      link: `/${posix.join(folder, file.slice(0, -'.md'.length))}`,
    }));
}

function titleOf(markdown: string): string {
  return (/^# (.*)$/m.exec(markdown)?.[1] ?? '').replaceAll('`', '');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
