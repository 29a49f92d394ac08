import { type Reply, type Request, sendText } from '@crates-mirror/http-content';

const SERVICE = 'git-upload-pack';

/**
 * Tells a git client that requests `/index/info/refs` what to write into cargo's configuration. git
 * shows the text of an `ERR` packet (gitprotocol-pack), and so does cargo's libgit2. For a 404,
 * libgit2 shows only the status code.
 *
 * @param origin how the client reaches the server; undefined if unknown
 */
export function sendGitHint(request: Request, reply: Reply, query: string, origin: string | undefined): void {
  const url = `sparse+${origin ?? 'http://THIS-SERVER'}/index/`;
  const hint = `this is a sparse registry, not a git repository; write it as "${url}" in cargo's configuration`;
  if (new URLSearchParams(query).get('service') !== SERVICE) {
    sendText(request, reply, 404, hint);
    return;
  }
  const advertisement = `${packet(`# service=${SERVICE}\n`)}0000${packet(`ERR ${hint}\n`)}`;
  // Without the last newline, because sendText adds one.
  sendText(request, reply, 200, advertisement.trimEnd(), {
    'content-type': `application/x-${SERVICE}-advertisement`,
  });
}

/** Prefixes the text with its length in four hex digits (gitprotocol-common, `pkt-line`). */
function packet(text: string): string {
  return `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
}
