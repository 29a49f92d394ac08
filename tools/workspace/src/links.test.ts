import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { anchorOf } from '@crates-mirror/site/anchor';

const ROOT = resolve(import.meta.dirname, '../../..');

function anchorsOf(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) => anchorOf(heading)));
}

/** Broken links within the repository, in one Markdown file. */
function brokenLinks(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(target)) return true;
    return (
      anchor !== undefined && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(anchor)
    );
  });
}

test('every link within the documents leads to a file and a heading that are there', () => {
  const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
  assert.ok(documents.length > 20);
  const broken = documents.flatMap((path) =>
    brokenLinks(join(ROOT, path)).map((link) => `${relative(ROOT, path)}: ${link}`),
  );
  assert.deepEqual(broken, []);
});
