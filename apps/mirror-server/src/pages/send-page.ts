import { VERSION } from '@crates-mirror/cli';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type Coding,
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
  /** 200, or 404 for a page that reports that nothing was found. */
  readonly status: 200 | 404;
  readonly title: string;
  readonly body: Html;
}

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
};
const TYPE = 'text/html; charset=utf-8';

/** A page as it is sent, rendered once for all clients that get the same one. */
export class RenderedPage {
  readonly status: Page['status'];
  readonly bytes: Buffer;
  /** Hash of the bytes in hex. */
  readonly tag: string;
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  constructor(page: Page) {
    this.status = page.status;
    this.bytes = Buffer.from(render(page));
    this.tag = sha256Hex(this.bytes).slice(0, 32);
  }

  async coded(coding: Coding): Promise<Buffer> {
    if (coding === 'identity') return this.bytes;
    const compressed = this.#compressed.get(coding) ?? compress(this.bytes, coding);
    this.#compressed.set(coding, compressed);
    return compressed;
  }
}

/** @returns bytes of the body that are sent */
export async function sendPage(request: Request, reply: Reply, page: RenderedPage): Promise<number> {
  const { status, bytes, tag } = page;
  if (status !== 200) {
    sendText(request, reply, status, bytes.toString(), { 'content-type': TYPE, ...HEADERS });
    return bytes.length;
  }
  const coding = isWorthCompressing(bytes.length)
    ? chooseCoding(request.headers['accept-encoding'])
    : 'identity';
  return send(request, reply, {
    type: TYPE,
    cacheControl: 'no-cache',
    etag: `"${tag}-${coding}"`,
    lastModified: undefined,
    coding,
    body: await page.coded(coding),
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
