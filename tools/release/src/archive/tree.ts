import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of an archive. */
export interface TreeFile {
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

/** Files by path, with `/` as separator. */
export type Tree = ReadonlyMap<string, TreeFile>;

/** Every file below a folder, under `prefix`. */
export function readTree(folder: string, prefix: string): Map<string, TreeFile> {
  const tree = new Map<string, TreeFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(folder.length + 1).replaceAll('\\', '/');
    tree.set(`${prefix}/${relative}`, { content: readFileSync(path), isExecutable: false });
  }
  return tree;
}

export function textFile(text: string, isExecutable = false): TreeFile {
  return { content: Buffer.from(text), isExecutable };
}

/** All directories of some paths, each after its parent. */
export function directoriesOf(paths: Iterable<string>): string[] {
  const directories = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/').slice(0, -1);
    for (const i of parts.keys()) directories.add(parts.slice(0, i + 1).join('/'));
  }
  return [...directories].sort();
}
