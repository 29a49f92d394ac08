import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/**
 * axe-core's findings on a page, one per line: the rule, and the element. Pages need a context that
 * bypasses their policy.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(`${SOURCE}; undefined`);
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))',
  );
}
