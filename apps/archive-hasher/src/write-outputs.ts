import type { Signer } from '@crates-mirror/signing';
import { toBytePath } from './byte-path.ts';
import type { Hashed } from './hash-directory.ts';
import type { InventoryWriter } from './inventory/inventory-writer.ts';
import type { HasherOptions } from './options.ts';
import type { Archive } from './outputs/archive.ts';
import { type OutputNames, signatureName, signedNames } from './outputs/names.ts';
import type { OutputFile } from './outputs/output-file.ts';
import type { Staging } from './outputs/staging.ts';
import { sha256SumLine } from './outputs/sums.ts';
import type { Report } from './report.ts';

const TOML_MODE = 0o644;

export interface OutputDeps {
  readonly staging: Staging;
  readonly names: OutputNames;
  readonly inventory: InventoryWriter;
  /** The archive and the file to which it is written. */
  readonly archive: { readonly writer: Archive; readonly file: OutputFile } | undefined;
  readonly signer: Signer | undefined;
  readonly report: Report;
  /** Where the checksums are from, if nothing was read. */
  readonly listing: object | undefined;
}

/** Completes all outputs. @returns them in the order in which they must be published */
export async function writeOutputs(
  directoryName: string,
  { compress }: HasherOptions,
  { digests, newest }: Hashed,
  { staging, names, inventory, archive, signer, report, listing }: OutputDeps,
): Promise<OutputFile[]> {
  const { files, bytes, directories, symlinks, skipped } = report;
  const directory = { name: directoryName, files, bytes, directories, symlinks, skipped };
  const toml = inventory.finishToml(directory, digests);
  const outputs: OutputFile[] = [];
  if (archive !== undefined) {
    archive.writer.beginFile(toBytePath(names.toml), toml.size, TOML_MODE, newest);
    await archive.writer.appendFile(toml);
    archive.writer.endFile(toml.size);
    await archive.writer.finish();
    outputs.push(archive.file);
  }
  const { sha256Sums, b3Sums } = inventory;
  const yaml = inventory.finishYaml(directory, digests, {
    archive: archive && {
      name: archive.file.name,
      compression: compress,
      metadata: { path: names.toml, size: toml.size, sha256: toml.sha256 },
    },
    listing,
    signature: signatureFields(
      signer,
      signedNames(names).filter((name) => b3Sums !== undefined || name !== names.b3Sums),
      names,
    ),
  });
  outputs.push(sha256Sums, ...(b3Sums === undefined ? [] : [b3Sums]), yaml);
  if (signer !== undefined) outputs.push(...(await sign(signer, staging, names, outputs)));
  const sums = staging.create(names.outputSums);
  for (const { name, sha256 } of outputs) sums.write(sha256SumLine(sha256, toBytePath(name)));
  sums.finish();
  if (signer !== undefined) outputs.push(await signature(signer, staging, sums));
  return [...outputs, sums];
}

function signatureFields(signer: Signer | undefined, signed: readonly string[], names: OutputNames): object {
  if (signer === undefined) return { signed: false, note: 'no key was given, and nothing is signed' };
  return {
    signed: true,
    fingerprint: signer.fingerprint,
    userIds: signer.userIds,
    publicKey: names.publicKey,
    signatures: signed.map(signatureName),
  };
}

/** Signs the outputs that need a signature. @returns the signatures and the public key */
async function sign(
  signer: Signer,
  staging: Staging,
  names: OutputNames,
  outputs: readonly OutputFile[],
): Promise<OutputFile[]> {
  const key = staging.create(names.publicKey);
  key.write(Buffer.from(signer.publicKey));
  key.finish();
  const made = [key];
  for (const output of outputs) {
    if (signedNames(names).includes(output.name)) made.push(await signature(signer, staging, output));
  }
  return made;
}

async function signature(signer: Signer, staging: Staging, signed: OutputFile): Promise<OutputFile> {
  const file = staging.create(signatureName(signed.name));
  file.write(Buffer.from(await signer.signFile(signed.path)));
  file.finish();
  return file;
}
