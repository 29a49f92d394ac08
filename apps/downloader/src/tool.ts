import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { runMain } from '@crates-mirror/cli';
import type { DenyRule } from '@crates-mirror/denylist/denylist';
import { type DownloaderOptions, parseDownloaderOptions } from '@crates-mirror/downloader-options';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { LaneThread } from './lanes/lane-thread.ts';

await runMain('downloader', async (argv) => {
  const { source: said, ...given } = parseDownloaderOptions(argv);
  const { explain } = given;
  if (explain !== undefined && said?.kind === 'index')
    return (await import('./explain.ts')).explainSelection(explain, said, given);
  // Loaded on demand, so that --help and a mistyped option respond at once.
  const options = { ...given, denied: await deniedBy(given.deny) };
  const source =
    said?.kind === 'index' ? { ...said, rules: { ...said.rules, denied: options.denied } } : said;
  if (options.restore !== undefined) return (await import('./removal/run-restore.ts')).runRestore(options);
  if (source === undefined) return (await import('./sample-run.ts')).runSample(options);
  if (options.dryRun) return (await import('./dry-run/dry-run.ts')).dryRun({ ...options, source });
  // Terminating a thread that is still starting takes as long as starting it. Obvious mistakes must
  // be reported immediately, so no thread is started for them.
  const isThere = existsSync(source.kind === 'index' ? source.directory : source.file);
  const lane = isThere ? new LaneThread({ willFetch: willFetch(options) }) : undefined;
  return (await import('./run.ts')).run({ ...options, source }, lane);
});

/** Whether the run surely fetches over https. A mirror without a completed run lacks files. */
function willFetch({ out, cratesBaseUrl }: Pick<DownloaderOptions, 'out' | 'cratesBaseUrl'>): boolean {
  return cratesBaseUrl.startsWith('https:') && !existsSync(mirrorHome(resolve(out)).unchangedFile);
}

/** @throws UsageError when the denylist cannot be used */
async function deniedBy(path: string | undefined): Promise<readonly DenyRule[]> {
  if (path === undefined) return [];
  const { loadDenylist } = await import('@crates-mirror/denylist');
  return (await loadDenylist(path)).rules;
}
