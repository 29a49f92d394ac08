import { isOk, readManifest } from '@crates-mirror/manifest';
import { MirroredTable } from './mirrored-table.ts';

/** Reads the downloader's manifest. @throws the system's error when it cannot be read */
export async function loadMirrored(
  manifest: string,
  onBadLine: (line: number) => void,
): Promise<MirroredTable> {
  const table = new MirroredTable();
  for await (const record of readManifest(manifest, onBadLine)) {
    const { path, status, size, storage, bundle_path, finished_at } = record;
    const bundle = Number(/^bundle-(\d{4,9})$/.exec(bundle_path ?? '')?.[1] ?? 0);
    const isHeld = isOk(status) && size !== null;
    const held = isHeld ? { storage, bundle, size, timeMs: Date.parse(finished_at) } : undefined;
    table.set(path, held, status === 'downloaded');
  }
  return table;
}
