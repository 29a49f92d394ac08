import { UsageError } from '@crates-mirror/errors';
import { isOk, readManifest } from '@crates-mirror/manifest';
import { MirroredTable } from './mirrored-table.ts';

/** Reads the downloader's manifest. @throws UsageError when it is none; the system's error when it cannot be read */
export async function loadMirrored(
  manifest: string,
  onBadLine: (line: number) => void,
): Promise<MirroredTable> {
  const table = new MirroredTable();
  let records = 0;
  let isOther = false;
  const onOther = (line: number): void => {
    isOther = true;
    onBadLine(line);
  };
  for await (const record of readManifest(manifest, onOther)) {
    records += 1;
    const { path, status, size, storage, bundle_path, finished_at } = record;
    const bundle = Number(/^bundle-(\d{4,9})$/.exec(bundle_path ?? '')?.[1] ?? 0);
    const isHeld = isOk(status) && size !== null;
    const held = isHeld ? { storage, bundle, size, timeMs: Date.parse(finished_at) } : undefined;
    table.set(path, held, status === 'downloaded');
  }
  // A wrong file would take what is known from every sidecar there is.
  if (isOther && records === 0)
    throw new UsageError(`--manifest: ${manifest} has no record of the downloader's`);
  return table;
}
