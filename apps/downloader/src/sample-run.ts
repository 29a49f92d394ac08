import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import {
  buildSample,
  makeCertificate,
  serveSample,
  startRegistry,
  writeSampleIndex,
} from '@crates-mirror/sample-registry';
import { dryRun } from './dry-run/dry-run.ts';
import { run } from './run.ts';

const NEXT_STEPS = `
That was the embedded sample registry, served by this process over HTTP/2 and TLS. To mirror crates.io itself:

  git clone --depth 1 https://github.com/rust-lang/crates.io-index ../crates.io-index
  npx nx run downloader:start --index-dir ../crates.io-index --out ../mirror \\
    --manifest ../mirror-manifest.jsonl --contact you@example.org

It needs more than 400 GB. Add --limit 10000 for a first taste; an interrupted run goes on where it stopped.
`;

/** Mirrors the embedded sample, so that a newcomer sees the whole way of a crate file without any set-up. */
export async function runSample(options: Omit<DownloaderOptions, 'source'>): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-sample-'));
  const sample = await buildSample();
  const certificate = await makeCertificate();
  const find = serveSample(sample, () => `${registry.origin}/crates`);
  const registry = await startRegistry({ find, protocol: 'h2', certificate });
  try {
    writeSampleIndex(sample, directory, `${registry.origin}/crates`);
    const code = await (options.dryRun ? dryRun : run)({
      ...options,
      source: { kind: 'index', directory, includeYanked: true, only: undefined },
      cratesBaseUrl: `${registry.origin}/crates`,
      ca: certificate.cert,
    });
    if (code === ExitCode.done && !options.dryRun && options.logFormat === 'text')
      process.stdout.write(NEXT_STEPS);
    return code;
  } finally {
    await registry.close();
    rmSync(directory, { recursive: true });
  }
}
