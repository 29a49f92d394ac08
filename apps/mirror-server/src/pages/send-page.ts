import { VERSION } from '@crates-mirror/cli';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  chooseCoding,
  compress,
  isWorthCompressing,
  type Reply,
  type Request,
  send,
  sendText,
} from '@crates-mirror/http-content';
import { Html, html } from './html.ts';
import { CONTENT_SECURITY_POLICY, STYLE } from './style.ts';

export interface Page {
  /** 200, or 404 for a page that says that there is nothing. */
  readonly status: 200 | 404;
  readonly title: string;
  readonly body: Html;
}

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
};
const TYPE = 'text/html; charset=utf-8';

/** @returns bytes of the body that are sent */
export async function sendPage(request: Request, reply: Reply, page: Page): Promise<number> {
  const text = render(page);
  if (page.status !== 200) {
    sendText(request, reply, page.status, text, { 'content-type': TYPE, ...HEADERS });
    return text.length;
  }
  const whole = Buffer.from(text);
  const coding = isWorthCompressing(whole.length)
    ? chooseCoding(request.headers['accept-encoding'])
    : 'identity';
  const body = coding === 'identity' ? whole : await compress(whole, coding);
  return send(request, reply, {
    type: TYPE,
    cacheControl: 'no-cache',
    etag: `"${sha256Hex(whole).slice(0, 32)}-${coding}"`,
    lastModified: undefined,
    coding,
    body,
    headers: HEADERS,
  });
}

function render({ title, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${body}
<footer>crates-mirror ${VERSION}</footer>
</body>
</html>
`.text;
}
