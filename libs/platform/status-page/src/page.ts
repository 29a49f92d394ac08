import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Reply } from '@crates-mirror/metrics';
import type { PageModel } from './model.ts';
import { fillPage } from './render.ts';

/**
 * Renders the page, a new document on each request, with the current model included. Its policy
 * allows only its own script, and requests to its own server.
 */
export function statusPage(model: () => PageModel): () => Reply {
  const script = read(new URL('./client/page.js', import.meta.url));
  const style = read(new URL('./client/style.css', import.meta.url));
  const page = read(new URL('./client/page.html', import.meta.url));
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
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
  };
  return () => ({
    headers,
    body: fillPage(page, model())
      .replace('<link rel="stylesheet" href="style.css">', () => `<style>${style}</style>`)
      .replace(' src="page.js"></script>', () => `>${script}</script>`),
  });
}

function read(file: URL): string {
  return readFileSync(file, 'utf8');
}

/**
 * The hash that names an inline script or style in a Content-Security-Policy (CSP Level 3, 2.3.1).
 */
function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
