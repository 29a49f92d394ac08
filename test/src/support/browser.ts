import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import type { Cleanup } from './tools.ts';

/** Path in Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';

export function hasBrowser(): boolean {
  return existsSync(CHROMIUM);
}

/** A real browser that connects only to the pages it is sent to. Closed after the test. */
export async function openBrowser(t: Cleanup): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  t.after(() => browser.close());
  return browser;
}
