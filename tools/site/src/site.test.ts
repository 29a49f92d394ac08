import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { BuiltSite } from './built-site.ts';
import { sidebarOf } from './sidebar.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Path in Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';

const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-site-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const vitepress = join(
  createRequire(import.meta.url).resolve('vitepress/package.json'),
  '../bin/vitepress.js',
);
execFileSync(process.execPath, [vitepress, 'build', 'tools/site', '--outDir', directory], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'pipe'],
});
const site = new BuiltSite(directory);

test('every document is a page, and can be found by the sidebar', () => {
  const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
  const pages = documents.map((path) => `/${path === 'README.md' ? 'index' : path.slice(0, -3)}.html`);
  assert.deepEqual(site.pages, [...pages, '/404.html'].sort());
  const listed = sidebarOf(ROOT).flatMap(({ items }) => items.map(({ link }) => `${link}.html`));
  assert.deepEqual(
    pages.filter((page) => page !== '/index.html' && !listed.includes(page)),
    [],
  );
});

test('every link within the site leads to a page and a heading, or to a file', () => {
  assert.deepEqual(site.brokenLinks(), []);
  assert.match(site.text('/docs/serving.html'), /href="\/files\/docs\/nginx-proxy\.conf\.txt"/);
});

test('a browser shows pages at three widths, searches, and asks nobody else', async (t) => {
  if (!existsSync(CHROMIUM)) {
    t.skip('chromium is not installed');
    return;
  }
  const { origin, close } = await site.serve();
  t.after(close);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const elsewhere: string[] = [];
  page.on('request', (request) => request.url().startsWith(origin) || elsewhere.push(request.url()));
  for (const width of [360, 800, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of ['/', '/docs/removals.html', '/docs/reference/downloader.html']) {
      await page.goto(origin + path);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `${path} is ${overflow} px too wide for ${width}`);
    }
  }
  await page.locator('#local-search button').click();
  await page.locator('.search-input').fill('air gap');
  await page.locator('.VPLocalSearchBox .result').first().click();
  await page.waitForURL(/air-gap/);
  assert.deepEqual(elsewhere, []);
});
