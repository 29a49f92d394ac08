import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reply } from '@crates-mirror/metrics';

const CLIENT = join(import.meta.dirname, 'client');

/** The page as one document. Its policy lets it run its own script, ask its own server, and nothing else. */
export function statusPage(): Reply {
  const script = read('page.js');
  const style = read('style.css');
  const body = read('page.html')
    .replace('<link rel="stylesheet" href="style.css">', () => `<style>${style}</style>`)
    .replace(' src="page.js"></script>', () => `>${script}</script>`);
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy.join('; ') },
    // One piece of memory for all who ask.
    body: Buffer.from(body),
  };
}

function read(name: string): string {
  return readFileSync(join(CLIENT, name), 'utf8');
}

/** As a Content-Security-Policy names an inline script or style (CSP Level 3, 2.3.1). */
function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
