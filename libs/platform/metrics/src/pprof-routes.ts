import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Handler, type ListenerRequest, type Reply, textReply } from './listener.ts';
import { mergeProfiles, type ThreadProfile } from './merge-profiles.ts';
import type { ProfileKind } from './profiler.ts';

/** Takes a profile of every thread. @param ms duration of a CPU profile */
export type TakeProfiles = (kind: ProfileKind, ms: number, signal: AbortSignal) => Promise<ThreadProfile[]>;

const DEFAULT_SECONDS = 30;
/** Ten samples. */
const MIN_SECONDS = 0.1;
const MAX_SECONDS = 300;

const INDEX = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Profiles</title>
<h1>Profiles</h1>
<p>In pprof's format. To look at one, on a machine with Go:</p>
<pre>go tool pprof -http=: http://THIS-ADDRESS/debug/pprof/profile?seconds=10</pre>
<ul>
<li><a href="profile?seconds=10">profile?seconds=10</a>: where CPU time goes, over 10 s (up to ${MAX_SECONDS})
<li><a href="heap">heap</a>: what lives in memory, and who made it
</ul>
<p>The samples of each thread bear its name as the label <code>thread</code>.</p>
</html>
`;

/** `/debug/pprof/`, where Go's tools expect profiles. */
export function pprofRoutes(take: TakeProfiles): [string, Handler][] {
  let isTaking = false;
  const profile = async (
    kind: ProfileKind,
    ms: number,
    { isHead, signal }: ListenerRequest,
  ): Promise<Reply> => {
    if (isHead) return download(kind, new Uint8Array());
    if (isTaking) return textReply(503, 'another profile is being taken; try again when it is done');
    isTaking = true;
    try {
      return download(kind, mergeProfiles(await take(kind, ms, signal)));
    } finally {
      isTaking = false;
    }
  };
  return [
    ['/debug/pprof', () => ({ status: 301, headers: { Location: '/debug/pprof/' }, body: '' })],
    [
      '/debug/pprof/',
      () => ({
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': "default-src 'none'",
        },
        body: INDEX,
      }),
    ],
    [
      '/debug/pprof/profile',
      (request) => {
        const seconds = Number(request.query.get('seconds') ?? DEFAULT_SECONDS);
        if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) {
          return textReply(400, `seconds: a number from ${MIN_SECONDS} to ${MAX_SECONDS}`);
        }
        return profile('cpu', seconds * 1000, request);
      },
    ],
    ['/debug/pprof/heap', (request) => profile('heap', 0, request)],
  ];
}

async function download(kind: ProfileKind, bytes: Uint8Array): Promise<Reply> {
  return {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename="${kind}.pb.gz"`,
    },
    body: await promisify(gzip)(bytes),
  };
}
