import { sha256Hex } from '@crates-mirror/hashing';
import { type Reply, type Request, send, sendText } from '@crates-mirror/http-content';
import type { CrateApi } from './crate-api.ts';

const TYPE = 'application/json; charset=utf-8';
const A_MINUTE = 'public, max-age=60';
const READ_ONLY =
  'this is a read-only mirror of crates.io: nothing is published, yanked or owned here. Do that at crates.io, with `--registry crates-io`';

/**
 * Answers a request below `/api/`.
 *
 * @param path below `/api/`, decoded
 * @returns bytes of the body that are sent
 */
export async function answerApi(
  request: Request,
  reply: Reply,
  api: CrateApi,
  path: readonly string[],
  query: string,
): Promise<number> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request, reply, 403, READ_ONLY);
  const answer = await api.answer(path, query);
  if ('status' in answer) return refuse(request, reply, answer.status, answer.detail);
  if ('location' in answer) {
    const { location } = answer;
    sendText(request, reply, 302, 'the crate file is elsewhere', { location, 'cache-control': A_MINUTE });
    return 0;
  }
  const { body } = answer;
  const etag = `"${sha256Hex(body).slice(0, 32)}"`;
  return send(request, reply, { type: TYPE, cacheControl: A_MINUTE, etag, lastModified: undefined, body });
}

/** Whether a request is for the API, including unknown endpoints. */
export function isForApi({ url = '' }: Request): boolean {
  return /^(?:https?:\/\/[^/?#]*)?\/api(?:[/?]|$)/i.test(url);
}

/**
 * Sends a refusal before the request is routed: in one line, or in the form that API clients
 * expect.
 */
export function sendRefusal(request: Request, reply: Reply, status: number, why: string): void {
  if (isForApi(request)) refuse(request, reply, status, why);
  else sendText(request, reply, status, why);
}

/**
 * Responds as a registry does, so that cargo shows the reason (The Cargo Book, "Registry Web API").
 */
function refuse(request: Request, reply: Reply, status: number, detail: string): number {
  // Reads and drops the request body, because a client reads the response only after sending it.
  request.resume();
  sendText(request, reply, status, JSON.stringify({ errors: [{ detail }] }), { 'content-type': TYPE });
  return 0;
}
