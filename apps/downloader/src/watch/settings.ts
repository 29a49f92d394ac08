import { type DownloaderOptions, mirrorName } from '@crates-mirror/downloader-options';
import { exactDuration, formatBytes } from '@crates-mirror/progress';
import type { Figure } from '@crates-mirror/status-page';

/**
 * The settings that the status page shows. Only the host of the upstream is shown, because its path
 * may be a key. The User-Agent is omitted for the same reason.
 */
export function shownSettings(options: DownloaderOptions): Figure[] {
  const { source, bundle, backoff } = options;
  const settings: [string, string][] = [
    source.kind === 'index' ? ['index', source.directory] : ['list', source.file],
    ['upstream', source.kind === 'index' ? hostOf(options.cratesBaseUrl) : 'as listed'],
    ['mirror', mirrorName(options)],
    ['layout', options.layout],
    ['manifest', options.manifest],
    [
      'requests at once',
      options.concurrency === 'auto' ? 'as many as fill the line' : String(options.concurrency),
    ],
    ['connections', `at most ${options.maxConnections}`],
    [
      'rate',
      options.limitRate === undefined ? 'as fast as it comes' : `at most ${formatBytes(options.limitRate)}/s`,
    ],
    ['times of the day', options.window?.text ?? 'any'],
    [
      'retries',
      `${backoff.retries}, after ${exactDuration(backoff.baseMs)} to ${exactDuration(backoff.maxMs)}`,
    ],
    [
      'limits',
      `${exactDuration(options.idleTimeoutMs)} idle, ${exactDuration(options.attemptTimeoutMs)} in all`,
    ],
  ];
  if (source.kind === 'index')
    settings.push(['yanked versions', source.rules.includeYanked ? 'too' : 'left out']);
  if (source.kind === 'index' && source.only !== undefined)
    settings.push(['only the crates in', source.only]);
  if (options.shard !== undefined)
    settings.push(['only the crates of', `shard ${options.shard.number} of ${options.shard.count}`]);
  if (options.limit > 0) settings.push(['first crate files only', String(options.limit)]);
  if (bundle !== undefined) {
    settings.push(['bundles', `${bundle.directory}, of ${formatBytes(bundle.sizeLimit)}, ${bundle.mode}`]);
  }
  return settings.map(([label, value]) => ({ label, value }));
}

function hostOf(template: string): string {
  return /^https?:\/\/[^/]+/.exec(template)?.[0] ?? '';
}
