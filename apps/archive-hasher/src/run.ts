import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import type { Signer } from '@crates-mirror/signing';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { checkPattern, Exclusions } from './exclude/exclusions.ts';
import { MIRROR_STATE } from './exclude/mirror-state.ts';
import { InventoryWriter } from './inventory/inventory-writer.ts';
import type { HasherOptions } from './options.ts';
import { Archive } from './outputs/archive.ts';
import { type OutputNames, outputNames, signatureName, signedNames } from './outputs/names.ts';
import type { OutputFile } from './outputs/output-file.ts';
import { checkFinalNames, Staging } from './outputs/staging.ts';
import { findPlaces, type Places } from './places.ts';
import { Report } from './report.ts';
import { DirectorySubject, type Subject } from './subject.ts';
import { type Ending, summaryJson, summaryText } from './summary.ts';
import { writeOutputs } from './write-outputs.ts';

const NANOSECONDS = 1_000_000_000n;

/**
 * Hashes a directory and writes all outputs.
 *
 * @returns the exit code
 * @throws UsageError before anything is written
 */
export async function run(options: HasherOptions): Promise<number> {
  const places = findPlaces(options);
  for (const text of options.exclude) checkPattern(text);
  const exclusions = new Exclusions([MIRROR_STATE, ...options.exclude.map((pattern) => ({ pattern }))]);
  const names = outputNames(places.prefix);
  checkFinalNames(places.outDir, everyName(names));
  const subject = await openSubject(options, places);
  const { gpgkey, passphraseFile } = options;
  const signer =
    gpgkey === undefined
      ? undefined
      : await (await import('@crates-mirror/signing')).Signer.open(gpgkey, passphraseFile);
  return withRun({ tool: 'archive-hasher', ...options }, (run) =>
    hash(options, { places, exclusions, names, subject, signer }, run),
  );
}

async function openSubject({ bucket }: HasherOptions, { root }: Places): Promise<Subject> {
  if (bucket === undefined) return new DirectorySubject(root);
  const { BucketSubject } = await import('./bucket/bucket-subject.ts');
  return BucketSubject.open(bucket, root);
}

interface Checked {
  readonly places: Places;
  readonly exclusions: Exclusions;
  readonly names: OutputNames;
  readonly subject: Subject;
  readonly signer: Signer | undefined;
}

async function hash(options: HasherOptions, checked: Checked, run: Run): Promise<number> {
  const { places, exclusions, names, subject, signer } = checked;
  const { logger } = run;
  const staging = Staging.open(places.outDir, places.prefix);
  run.defer(() => staging.close());
  run.defer(() => subject.close());
  if (subject.busy !== undefined) logger.warn(`${subject.busy}: what it changes may be hashed or not`);
  if (options.progress) subject.beginCount(exclusions.rules);
  const report = new Report(logger, () => subject.totals);
  const requested = run.listen((signal) => logger.info(`${signal}: stopping; nothing is written`));
  const progress = run.progress(() => report.snapshot(), options.progress);
  progress.start();
  let ending: Ending;
  try {
    const mtimeNs = options.mtime === undefined ? undefined : BigInt(options.mtime) * NANOSECONDS;
    const rules = { mtimeNs, excluded: exclusions.rules, isListing: subject.listing !== undefined };
    const inventory = new InventoryWriter(staging, names, rules);
    const archive = places.tar ? openArchive(staging, names, options) : undefined;
    const hashed = await subject.hash(options, {
      exclusions,
      inventory,
      archive: archive?.writer,
      report,
      logger,
      signal: requested,
      onAdvance: () => progress.advanced(),
    });
    if (await subject.isDisturbed()) report.disturb(HOME_DIRECTORY);
    if (report.isEmpty)
      logger.warn(
        `there was nothing to hash: of ${options.dir} all is left out, or it holds directories only`,
      );
    const { listing } = subject;
    const parts = { staging, names, inventory, archive, signer, report, listing };
    const outputs = await writeOutputs(subject.name, options, hashed, parts);
    requested.throwIfAborted();
    staging.publish(
      outputs,
      staleNames(names).filter((name) => !outputs.some((output) => output.name === name)),
    );
    for (const name of strangers(places.outDir, names, outputs))
      logger.warn(`${name} is of an earlier run, and does not match this inventory`);
    ending = {
      kind: 'done',
      outputs,
      leftOut: exclusions.leftOut,
      leftOutOfB3Sums: inventory.leftOutOfB3Sums,
      signer,
      listing: subject.listing,
    };
  } catch (error) {
    if (!requested.aborted) throw error;
    ending = { kind: 'interrupted' };
  }
  progress.stop();
  process.stdout.write(
    (options.logFormat === 'json' ? summaryJson : summaryText)(report, options, places, ending),
  );
  if (ending.kind === 'interrupted') return ExitCode.interrupted;
  return report.problems > 0 ? ExitCode.failed : ExitCode.done;
}

function openArchive(staging: Staging, names: OutputNames, { compress, compressLevel }: HasherOptions) {
  const isCompressed = compress === 'zstd';
  const file = staging.create(isCompressed ? names.tarZst : names.tar);
  return { file, writer: new Archive(file, isCompressed ? compressLevel : undefined) };
}

function everyName(names: OutputNames): string[] {
  return [
    ...Object.values(names).filter((name) => name !== names.toml),
    ...signedNames(names).map(signatureName),
  ];
}

/** Existing archives that this run did not write. */
function strangers(outDir: string, { tar, tarZst }: OutputNames, outputs: readonly OutputFile[]): string[] {
  return [tar, tarZst].filter(
    (name) => !outputs.some((output) => output.name === name) && existsSync(join(outDir, name)),
  );
}

/** Files of an earlier run that would not match the new outputs. */
function staleNames(names: OutputNames): string[] {
  return [names.publicKey, names.b3Sums, ...signedNames(names).map(signatureName)];
}
