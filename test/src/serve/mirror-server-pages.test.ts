import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { findBarriers } from '../support/axe.ts';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { scratch } from '../support/tools.ts';

const NO_BROWSER = hasBrowser() ? false : 'chromium is not installed';

/** Collects a page's violations: errors, refused content, requests to other hosts. */
function watch(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(request.url());
  });
  return complaints;
}

/** CSS pixels by which a page is wider than its window. */
function overhang(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

test('people find a crate, see its versions and download one, with a keyboard, on any screen', {
  skip: NO_BROWSER,
}, async (t) => {
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  const { origin } = await startServer(t, ['--mirror', 'out', '--index-dir', 'index'], cwd);
  const browser = await openBrowser(t);
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  const complaints = watch(page, origin);

  await page.goto(`${origin}/`);
  for (let text = ''; !/Counted/.test(text); text = (await page.textContent('main')) as string)
    await page.reload();
  assert.equal(await page.title(), 'crates.io mirror');
  const figures = await page.locator('dd').allTextContents();
  assert.deepEqual(figures.slice(0, 2), ['25', '33']);
  const config = await page.locator('pre').textContent();
  assert.equal(
    config,
    `[source.crates-io]\nreplace-with = "mirror"\n\n[registries.mirror]\nindex = "sparse+${origin}/index/"`,
  );
  assert.ok((await overhang(page)) <= 0, 'nothing to scroll sideways on a phone');

  await page.keyboard.press('Tab');
  await page.keyboard.type('ZLIB');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/?q=ZLIB`);
  assert.deepEqual(await page.locator('main li').allTextContents(), ['vendored-zlib']);
  await page.getByRole('link', { name: 'vendored-zlib' }).click();
  await page.waitForURL(`${origin}/crates/vendored-zlib`);
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'vendored-zlib');
  const versions = await page.locator('tbody th').allTextContents();
  assert.deepEqual(versions, ['1.3.2+zlib.1.3', '1.3.1+zlib.1.3']);
  assert.ok((await overhang(page)) <= 0);

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download .crate of vendored-zlib 1.3.1+zlib.1.3' }).click();
  const download = await downloading;
  const pieces: Buffer[] = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer);
  const expected = sample.crates.get('/crates/vendored-zlib/vendored-zlib-1.3.1+zlib.1.3.crate') as Buffer;
  assert.ok(Buffer.concat(pieces).equals(expected));

  await page.goto(`${origin}/crates/hex`);
  assert.match((await page.locator('tbody tr').last().textContent()) as string, /0\.9\.0 yanked/);
  await page.goto(`${origin}/`);
  await page.getByRole('navigation').getByRole('link', { name: 's', exact: true }).click();
  await page.waitForURL(`${origin}/crates/?prefix=s`);
  assert.deepEqual(await page.locator('main li').allTextContents(), ['showcase', 'snow_flake', 'sum']);
  await page.getByRole('link', { name: 'snow_flake' }).click();
  await page.waitForURL(`${origin}/crates/snow_flake`);
  await page.goto(`${origin}/newest`);
  assert.equal(await page.locator('tbody tr').count(), 33);
  const lost = await page.goto(`${origin}/no/such/page`);
  assert.equal(lost?.status(), 404);
  await page.getByRole('searchbox').fill('zlib');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/?q=zlib`);
  const missing = await page.goto(`${origin}/crates/no-such-crate`);
  assert.equal(missing?.status(), 404);
  assert.match((await page.textContent('main')) as string, /There is no such crate/);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !/status of 404/.test(text)));

  await page.goto(`${origin}/?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
  assert.match(
    (await page.textContent('h2')) as string,
    /No crate has “<img src=x onerror=alert\(1\)>” in its name/,
  );
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(complaints, []);
});

test('dark and light', { skip: NO_BROWSER }, async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, ['--mirror', 'out', '--index-dir', 'index'], cwd);
  const browser = await openBrowser(t);
  const colors: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme });
    await page.goto(`${origin}/`);
    colors.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
  }
  assert.deepEqual(colors, ['rgb(246, 247, 248)', 'rgb(22, 25, 28)']);
});

test('axe-core finds nothing on any page, dark or light, and none is wider than its window', {
  skip: NO_BROWSER,
}, async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, ['--mirror', 'out', '--index-dir', 'index'], cwd);
  const browser = await openBrowser(t);
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, bypassCSP: true });
    for (const path of [
      '',
      '?q=a',
      'crates/?prefix=s',
      'newest',
      'crates/hex',
      'crates/no-such-crate',
      'x',
    ]) {
      await page.goto(`${origin}/${path}`);
      assert.deepEqual(await findBarriers(page), [], `${colorScheme} /${path}`);
      for (const width of [360, 768, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        assert.ok((await overhang(page)) <= 0, `/${path} at ${width}`);
      }
    }
    await page.close();
  }
});
