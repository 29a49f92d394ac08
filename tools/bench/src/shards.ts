import { downloader } from './contenders.ts';
import { startLine } from './line/start-line.ts';
import type { Contender, Ground, Scenario } from './scenario.ts';
import { crates, type Upstream } from './upstream.ts';

const FILES = 20_000;
/** Low enough that two cores are no limit for four processes, their lines and nginx. Mbit/s */
const RATE = 40;
const PROCESSES = 4;

/** Processes that share the crates, each at the end of a line of its own, into one directory. */
export async function shards(ground: Ground): Promise<Scenario> {
  const upstream = await crates(ground, FILES);
  const rateMbit = ground.line.rateMbit ?? RATE;
  const lines = await Promise.all(
    Array.from({ length: PROCESSES }, () => lineTo(ground, upstream, rateMbit)),
  );
  const sharing = (count: number): Contender => share(ground, lines.slice(0, count));
  return {
    title: `shards: ${FILES} crate files, ${rateMbit} Mbit/s for each process; linear is ${1 / PROCESSES} of one process's time with ${PROCESSES}, and 0.5 with 2`,
    contenders: [sharing(PROCESSES), sharing(1), sharing(2)],
    isWarm: true,
  };
}

async function lineTo(ground: Ground, upstream: Upstream, rateMbit: number): Promise<Upstream> {
  const line = await startLine(Number(new URL(upstream.origin).port), { rttMs: 0, rateMbit });
  ground.after(() => line.stop());
  return { ...upstream, origin: `https://127.0.0.1:${line.port}` };
}

/** One process for each upstream. It fails if one of them does. */
function share(ground: Ground, upstreams: readonly Upstream[]): Contender {
  const count = upstreams.length;
  const runs = upstreams.map((upstream, i) => downloader(ground, upstream, ['--shard', `${i + 1}/${count}`]));
  const [first] = runs as [Contender, ...Contender[]];
  // Each command is one word list, ended by a lone semicolon.
  const script =
    'pids=; while [ $# -gt 0 ]; do a=; while [ "$1" != ";" ]; do a="$a \'$1\'"; shift; done; shift; eval "$a &"; pids="$pids $!"; done; for p in $pids; do wait $p || exit 1; done';
  const words = runs.flatMap(({ command }) => [...command.argv, ';']);
  return {
    name: count === 1 ? '1 process' : `${count} processes`,
    command: { argv: ['sh', '-c', script, 'sh', ...words], cwd: ground.directory },
    prepare: () => first.prepare?.(),
    check: () => first.check?.(),
  };
}
