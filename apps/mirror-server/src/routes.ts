import type { WantedFile } from '@crates-mirror/crate-files';
import { indexPath, isCrateName } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  chooseCoding,
  compress,
  isGone,
  isRevalidation,
  isWorthCompressing,
  type Reply,
  type Request,
  type Resource,
  send,
  sendText,
} from '@crates-mirror/http-content';
import type { Layout } from '@crates-mirror/layout';
import type { Policy } from '@crates-mirror/selection/live';
import type { Answer, SparseIndex } from '@crates-mirror/sparse-index';
import { answerApi, sendRefusal } from './api/answer-api.ts';
import type { CrateApi } from './api/crate-api.ts';
import { type CrateAddress, DL_PATH, parseCrateAddress } from './crate-address.ts';
import type { CrateBodies } from './crate-bodies.ts';
import { type DamageCounts, describeCounts } from './damage/damage-counts.ts';
import { sendGitHint } from './http/git-hint.ts';
import { type Release, Semaphore } from './http/semaphore.ts';
import { parseTarget, type Target } from './http/target.ts';
import type { Pages } from './pages/pages.ts';
import { type RenderedPage, sendPage } from './pages/send-page.ts';
import type { Redirection, Redirects } from './redirects.ts';
import { servedChecksum } from './served-checksum.ts';

/**
 * Crate files that an HTTP/2 connection may have open. Each takes a file descriptor, and pieces of
 * 128 KiB.
 */
const MAX_STREAMED = 16;
const MINUTE = 60;
const A_MINUTE = `public, max-age=${MINUTE}`;

/** Classes of requests. */
export type RouteKind = 'index' | 'config' | 'crate' | 'api' | 'page' | 'health' | 'metrics' | 'other';

/** The outcome of a request. */
export interface Answered {
  readonly kind: RouteKind;
  /** Bytes of body that were sent. */
  readonly bytes: number;
}

export interface RouteDeps {
  readonly index: SparseIndex;
  readonly policy: Policy;
  readonly bodies: CrateBodies;
  /** Where clients are sent for crate files; undefined to send the bytes. */
  readonly redirects: Redirects | undefined;
  readonly layout: Layout;
  /**
   * Whether crate files that the index no longer names are served to clients that know their
   * checksums.
   */
  readonly servesRemoved: boolean;
  /** How long caches may keep a crate file that is requested by its checksum, s. */
  readonly crateMaxAge: number;
  readonly pages: Pages;
  readonly api: CrateApi;
  readonly originOf: (request: Request) => string | undefined;
  /** Whether the origin is the same for all requests. */
  readonly isOriginFixed: boolean;
  readonly damage: () => DamageCounts;
  /** Metrics in Prometheus's text format. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
}

/** Answers one request. */
export class Routes {
  readonly #deps: RouteDeps;
  readonly #streams = new Semaphore(MAX_STREAMED);

  constructor(deps: RouteDeps) {
    this.#deps = deps;
  }

  async answer(request: Request, reply: Reply): Promise<Answered> {
    const target = parseTarget(request.url ?? '/');
    if (typeof target !== 'number' && target.segments[0] === 'api') {
      const path = target.segments.slice(1);
      return { kind: 'api', bytes: await answerApi(request, reply, this.#deps.api, path, target.query) };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendText(request, reply, 405, 'only GET and HEAD are answered here', { allow: 'GET, HEAD' });
      return { kind: 'other', bytes: 0 };
    }
    if (typeof target === 'number') {
      sendRefusal(request, reply, target, target === 414 ? 'the URL is too long' : 'no such path');
      return { kind: 'other', bytes: 0 };
    }
    const { segments } = target;
    switch (segments[0]) {
      case 'index':
        return this.#index(request, reply, target);
      case 'crates':
        return this.#crates(request, reply, target);
      case '':
        if (segments.length === 1)
          return this.#page(request, reply, this.#deps.pages.home(target.query, request));
        break;
      case 'newest':
        if (segments.length === 1) return this.#page(request, reply, this.#deps.pages.newest());
        break;
      case 'healthz':
        if (segments.length === 1) return this.#health(request, reply);
        break;
      case 'metrics':
        if (segments.length === 1) return this.#metrics(request, reply);
        break;
    }
    return this.#notFound(request, reply, 'other', target, 'there is nothing here');
  }

  async #index(request: Request, reply: Reply, target: Target): Promise<Answered> {
    const path = target.segments.slice(1);
    if (path.join('/') === 'info/refs') {
      sendGitHint(request, reply, target.query, this.#deps.originOf(request));
      return { kind: 'index', bytes: 0 };
    }
    if (path.length === 1 && path[0] === 'config.json') return this.#config(request, reply);
    const name = path.at(-1);
    const isIndexPath = isCrateName(name) && indexPath(name) === path.join('/');
    const answer = isIndexPath ? await this.#deps.index.find(name) : undefined;
    if (answer === undefined)
      return this.#notFound(request, reply, 'index', target, 'no such crate in this mirror');
    const bytes = send(request, reply, await indexResource(request, answer));
    return { kind: 'index', bytes };
  }

  #config(request: Request, reply: Reply): Answered {
    const origin = this.#deps.originOf(request);
    if (origin === undefined) {
      sendText(request, reply, 400, 'neither the request nor a trusted proxy names a host that can be');
      return { kind: 'config', bytes: 0 };
    }
    const body = Buffer.from(configJson(`${origin}${DL_PATH}`, origin));
    const bytes = send(request, reply, {
      type: 'application/json',
      // Otherwise a cache could serve everybody a response built from one client's Host.
      cacheControl: this.#deps.isOriginFixed ? A_MINUTE : 'no-store',
      etag: `"${sha256Hex(body).slice(0, 32)}"`,
      lastModified: undefined,
      body,
    });
    return { kind: 'config', bytes };
  }

  async #crates(request: Request, reply: Reply, target: Target): Promise<Answered> {
    const { pages } = this.#deps;
    const [, name, ...more] = target.segments;
    if (name === undefined) {
      // Links in pages are relative, and would resolve to the wrong place here.
      sendText(request, reply, 308, 'it is at crates/', { location: 'crates/' });
      return { kind: 'page', bytes: 0 };
    }
    if (name === '' && more.length === 0) return this.#page(request, reply, pages.crates(target.query));
    if (isCrateName(name) && more.length === 0) return this.#page(request, reply, pages.crate(name));
    return this.#crate(request, reply, target);
  }

  async #crate(request: Request, reply: Reply, target: Target): Promise<Answered> {
    const { index, policy, bodies, layout, servesRemoved } = this.#deps;
    const address = parseCrateAddress(target, layout);
    if (address === undefined)
      return this.#notFound(request, reply, 'crate', target, 'this names no crate file');
    const { name, version } = address;
    const sha256 = await servedChecksum(address, index, await policy.current(), servesRemoved);
    if (typeof sha256 !== 'string') {
      if (sha256.status === 404) return this.#notFound(request, reply, 'crate', target, sha256.why);
      sendText(request, reply, sha256.status, sha256.why);
      return { kind: 'crate', bytes: 0 };
    }
    const etag = `"${sha256}"`;
    const wanted = { name, version, sha256 };
    const redirection = await this.#redirection(request, wanted, etag);
    if (redirection !== undefined) {
      const { location, isTemporary } = redirection;
      const cacheControl = isTemporary ? 'no-store' : this.#cacheControl(address);
      sendText(request, reply, 302, 'it is in the object store', { location, 'cache-control': cacheControl });
      return { kind: 'crate', bytes: 0 };
    }
    const takeTurn = (): Promise<Release> => this.#streams.take(request, reply);
    const found = isRevalidation(request.headers, etag)
      ? await bodies.look(wanted)
      : await bodies.find(wanted, takeTurn);
    if (found === undefined)
      return this.#notFound(request, reply, 'crate', target, `${name} ${version} is not in this mirror`);
    const bytes = send(request, reply, {
      type: 'application/gzip',
      cacheControl: this.#cacheControl(address),
      etag,
      lastModified: found.lastModified,
      body: found.body,
    });
    if (!isGone(reply)) {
      bodies.handedOut(bytes);
      reply.once('close', () => bodies.handedOut(-bytes));
    }
    return { kind: 'crate', bytes };
  }

  /** A signed URL is valid for GET only, and one who has the bytes needs no redirection. */
  async #redirection(request: Request, wanted: WantedFile, etag: string): Promise<Redirection | undefined> {
    const { redirects } = this.#deps;
    const isForBytes = request.method === 'GET' && !isRevalidation(request.headers, etag);
    return isForBytes ? redirects?.find(wanted) : undefined;
  }

  /**
   * Caches must revalidate, so that they also drop withdrawn files. The bytes behind a URL without
   * a checksum may change.
   */
  #cacheControl({ sha256 }: CrateAddress): string {
    const { crateMaxAge } = this.#deps;
    const maxAge = sha256 === undefined ? Math.min(crateMaxAge, MINUTE) : crateMaxAge;
    return `public, max-age=${maxAge}, must-revalidate`;
  }

  async #page(request: Request, reply: Reply, making: Promise<RenderedPage>): Promise<Answered> {
    return { kind: 'page', bytes: await sendPage(request, reply, await making) };
  }

  /** Browsers get a page with a search, other clients one line of text. */
  async #notFound(
    request: Request,
    reply: Reply,
    kind: RouteKind,
    { segments }: Target,
    why: string,
  ): Promise<Answered> {
    if (!isForPeople(request)) {
      sendText(request, reply, 404, why);
      return { kind, bytes: 0 };
    }
    const home = '../'.repeat(segments.length - 1) || './';
    return { kind, bytes: await sendPage(request, reply, this.#deps.pages.notFound(home, why)) };
  }

  /** Not logged, unlike other requests, because it is requested every few seconds. */
  async #health(request: Request, reply: Reply): Promise<Answered> {
    const isThere = await this.#deps.index.checkThere().then(
      () => true,
      () => false,
    );
    const damage = describeCounts(this.#deps.damage());
    // Intact files are still served: one damaged file is no reason to redirect clients elsewhere.
    if (isThere) sendText(request, reply, 200, damage === undefined ? 'ok' : `degraded: ${damage}`);
    else sendText(request, reply, 503, 'the index or the mirror cannot be read now');
    return { kind: 'health', bytes: 0 };
  }

  async #metrics(request: Request, reply: Reply): Promise<Answered> {
    const { type, text } = await this.#deps.metrics();
    sendText(request, reply, 200, text.trimEnd(), { 'content-type': type });
    return { kind: 'metrics', bytes: 0 };
  }
}

/** The first file that cargo reads. @param api without a trailing slash; null if there is none */
export function configJson(dl: string, api: string | null): string {
  return `${JSON.stringify({ dl, api })}\n`;
}

async function indexResource(request: Request, answer: Answer): Promise<Resource> {
  const { bytes, tag, lastModified } = answer;
  const wanted = isWorthCompressing(bytes.length)
    ? chooseCoding(request.headers['accept-encoding'])
    : 'identity';
  const body =
    wanted === 'identity' ? bytes : await answer.variant(wanted, (whole) => compress(whole, wanted));
  return {
    type: 'text/plain; charset=utf-8',
    cacheControl: A_MINUTE,
    etag: wanted === 'identity' ? `"${tag}"` : `"${tag}-${wanted}"`,
    lastModified,
    coding: wanted,
    body,
  };
}

/** Browsers request HTML explicitly; cargo, curl and other programs do not. */
function isForPeople({ headers }: Request): boolean {
  return headers.accept?.includes('text/html') === true;
}
