import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** What axe-core finds on a page, in lines: the rule, and where. Pages need a context that bypasses their policy. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(`${SOURCE}; undefined`);
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))',
  );
}
