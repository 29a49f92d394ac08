import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { describeAddress } from '@crates-mirror/s3/address';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { InventoryReader } from '../inventory/inventory-reader.ts';
import type { VerifyOptions } from '../options.ts';
import { realDirectory } from '../places.ts';
import { type ComparedSide, openSide } from './compared-side.ts';
import { Findings } from './findings.ts';
import { SkippedPaths } from './skipped-paths.ts';
import { summaryJson, summaryText } from './summary.ts';

/** Compares a directory with its inventory. @returns the exit code. @throws UsageError */
export async function run(options: VerifyOptions): Promise<number> {
  const reader = new InventoryReader(options.inventory);
  const { dir, bucket, inventory } = options;
  const root =
    bucket === undefined
      ? realDirectory(dir ?? besideInventory(inventory, reader.head.directoryName))
      : describeAddress(bucket.address);
  const side = await openSide(root, options, reader);
  return withRun({ tool: 'archive-hasher', ...options }, (run) => verify(options, reader, side, run));
}

async function verify(
  options: VerifyOptions,
  reader: InventoryReader,
  side: ComparedSide,
  run: Run,
): Promise<number> {
  const { logger } = run;
  const isJson = options.logFormat === 'json';
  if (side.busy !== undefined) logger.warn(`${side.busy}: what differs may be its doing`);
  const findings = new Findings(isJson, (text) => {
    // On a terminal, the progress bar occupies the current line.
    run.status.setStatus('');
    process.stdout.write(text);
  });
  const compared = { files: 0, bytes: 0, skipped: 0, doubtful: 0 };
  const startedAt = performance.now();
  run.defer(() => side.close());
  const signal = run.listen((name) => logger.info(`${name}: stopping`));
  const snapshot = () => ({
    processed: compared.files,
    total: side.totals?.files,
    totalIsExact: true,
    ok: compared.files,
    errors: findings.total,
    retries: undefined,
    bytes: compared.bytes,
    ...(side.totals === undefined ? {} : { totalBytes: side.totals.bytes }),
  });
  const progress = run.progress(snapshot, options.progress);
  progress.start();
  let interrupted = false;
  try {
    await side.compare(reader.entries(), {
      head: reader.head,
      skipped: new SkippedPaths(reader.skipped()),
      findings,
      logger,
      compared,
      hashing: {
        workers: options.hashWorkers,
        algorithms: options.algorithms,
        signal,
      },
      onAdvance: () => progress.advanced(),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    interrupted = true;
  }
  progress.stop();
  const { leftOut } = reader.head.exclusions;
  const { root, isRead } = side;
  const end = {
    root,
    isRead,
    findings,
    compared,
    leftOut,
    interrupted,
    elapsedMs: performance.now() - startedAt,
  };
  process.stdout.write((isJson ? summaryJson : summaryText)(end));
  if (interrupted) return ExitCode.interrupted;
  return findings.total > 0 ? ExitCode.failed : ExitCode.done;
}

function besideInventory(inventory: string, name: string | undefined): string {
  if (name === undefined)
    throw new UsageError(`${inventory} does not name its directory`, { hint: 'Give --dir' });
  const beside = join(dirname(inventory), name);
  if (!existsSync(beside))
    throw new UsageError(`there is no ${beside}, beside the inventory`, {
      hint: 'Say with --dir where it is',
    });
  return beside;
}
