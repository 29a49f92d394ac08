import { type Reply, type Request, sendText } from '@crates-mirror/http-content';

const SERVICE = 'git-upload-pack';

/**
 * Tells a git client that asks for `/index/info/refs` what to write into cargo's configuration. git
 * shows an `ERR` packet (gitprotocol-pack), and so does the libgit2 that cargo has; of a 404,
 * libgit2 shows the number alone.
 *
 * @param origin how the client reaches the server; undefined where it does not tell
 */
export function sendGitHint(request: Request, reply: Reply, query: string, origin: string | undefined): void {
  const url = `sparse+${origin ?? 'http://THIS-SERVER'}/index/`;
  const hint = `this is a sparse registry, not a git repository; write it as "${url}" in cargo's configuration`;
  if (new URLSearchParams(query).get('service') !== SERVICE) {
    sendText(request, reply, 404, hint);
    return;
  }
  const advertisement = `${packet(`# service=${SERVICE}\n`)}0000${packet(`ERR ${hint}\n`)}`;
  // Without its last newline, which every text is sent with.
  sendText(request, reply, 200, advertisement.trimEnd(), {
    'content-type': `application/x-${SERVICE}-advertisement`,
  });
}

/** With its length before it, in four hex digits (gitprotocol-common, `pkt-line`). */
function packet(text: string): string {
  return `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
}
