import { oneLine } from '@crates-mirror/errors';

/** Bytes of a page to search; the title is near its beginning. */
const LOOKED_AT = 64 << 10;
const MAX_TITLE = 100;
const TITLE = /<title[^>]*>([^<]*)/i;

/**
 * Whether a body is an HTML page, such as a captive portal, a login page or a firewall's notice.
 */
export function isHtmlPage(content: Buffer, contentType: string | undefined): boolean {
  const start = content
    .toString('latin1', 0, 512)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (contentType !== undefined && /\bhtml\b/i.test(contentType)) return start.startsWith('<');
  return start.startsWith('<!doctype html') || start.startsWith('<html');
}

/** Explains that a page is not a crate file, and includes its title if it has one. */
export function describePage(content: Buffer): string {
  const title =
    TITLE.exec(content.toString('utf8', 0, LOOKED_AT))?.[1]
      ?.replace(/\s+/g, ' ')
      .trim() ?? '';
  const short = title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)}…` : title;
  const quoted = short === '' ? '' : ` titled ${JSON.stringify(oneLine(short))}`;
  return `the answer is a web page${quoted}, not a crate file: a login page, captive portal or firewall answers instead`;
}
