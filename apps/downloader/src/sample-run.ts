import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine, ExitCode } from '@crates-mirror/cli';
import { shellWord } from '@crates-mirror/cli/shell-word';
import { type DownloaderOptions, mirrorName } from '@crates-mirror/downloader-options';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { buildSample, serveSample, writeSampleIndex } from '@crates-mirror/sample';
import { NO_RULES } from '@crates-mirror/selection/options';
import { makeCertificate, startRegistry } from '@crates-mirror/upstream-server';
import { dryRun } from './dry-run/dry-run.ts';
import { run } from './run.ts';

function nextSteps(): string {
  return `
That was the embedded sample registry, served by this process over HTTP/2 and TLS. To mirror crates.io itself:

  git clone --depth 1 https://github.com/rust-lang/crates.io-index ../crates.io-index
  ${commandLine('crates-mirror-downloader', 'npx nx run downloader:start')} --index-dir ../crates.io-index --out ../mirror \\
    --manifest ../mirror-manifest.jsonl --contact you@example.org

It needs more than 400 GB. Add --limit 10000 for a first taste; an interrupted run goes on where it stopped.
`;
}

/**
 * Mirrors the embedded sample, so that a new user can follow a crate file through all steps without
 * any setup.
 */
export async function runSample(options: Omit<DownloaderOptions, 'source'>): Promise<number> {
  const { sampleIndex } = options;
  const directory = sampleIndex ?? mkdtempSync(join(tmpdir(), 'crates-mirror-sample-'));
  if (sampleIndex !== undefined) makeIndexDirectory(sampleIndex);
  const sample = await buildSample();
  const certificate = await makeCertificate();
  const find = serveSample(sample, () => `${registry.origin}/crates`);
  const registry = await startRegistry({ find, protocol: 'h2', certificate });
  try {
    writeSampleIndex(sample, directory, `${registry.origin}/crates`);
    const code = await (options.dryRun ? dryRun : run)({
      ...options,
      source: {
        kind: 'index',
        directory,
        rules: { ...NO_RULES, includeYanked: true, denied: options.denied },
        only: undefined,
      },
      cratesBaseUrl: `${registry.origin}/crates`,
      ca: certificate.cert,
    });
    if (code === ExitCode.done && !options.dryRun && options.logFormat === 'text')
      process.stdout.write(sampleIndex === undefined ? nextSteps() : sampleSteps(options, sampleIndex));
    return code;
  } finally {
    await registry.close();
    if (sampleIndex === undefined) rmSync(directory, { recursive: true });
  }
}

/** The next steps to try with the mirror and index of the sample. */
function sampleSteps(options: Omit<DownloaderOptions, 'source'>, index: string): string {
  const { out, bundle, bucket } = options;
  const paths = `--index-dir ${shellWord(index)}`;
  const sidecars = `  ${commandLine('crates-mirror-sidecar-generator')} ${paths} --out ${shellWord(out)} --include-yanked\n`;
  const mirror = shellWord(mirrorName({ out, bucket }));
  const isBundled = bundle !== undefined && bucket === undefined;
  const bundles = isBundled ? ` --bundles-dir ${shellWord(bundle.directory)}` : '';
  return `
The sample's index is in ${index}. To go on with it:

${bucket === undefined ? sidecars : ''}  ${commandLine('crates-mirror-server')} ${paths} --mirror ${mirror}${bundles}
`;
}

/**
 * Creates the index directory. Rejects a directory that contains anything other than the index of
 * an earlier sample.
 *
 * @throws UsageError
 */
function makeIndexDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    if (readdirSync(directory).length === 0 || isSampleIndex(directory)) return;
  } catch (error) {
    throw new UsageError(`--sample-index: cannot write to ${directory}: ${errorMessage(error)}`);
  }
  throw new UsageError(`--sample-index: ${directory} is not empty, and holds no index of the sample`, {
    hint: 'Name another directory',
  });
}

/**
 * The sample's index names crate files on the local machine, unlike the index of any other
 * registry.
 */
function isSampleIndex(directory: string): boolean {
  const path = join(directory, 'config.json');
  return existsSync(path) && readFileSync(path, 'utf8').startsWith('{"dl":"https://127.0.0.1:');
}
