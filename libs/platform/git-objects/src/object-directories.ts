import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { unreadable } from './git-object.ts';

/** git's own limit for nested alternates. */
const DEEPEST = 5;

/**
 * A repository's object directories: its own, and its alternates. Format: gitrepository-layout(5).
 */
export function objectDirectories(gitDirectory: string): string[] {
  const found: string[] = [];
  const add = (objects: string, depth: number): void => {
    if (found.includes(objects) || depth > DEEPEST) return;
    found.push(objects);
    for (const line of alternates(objects)) add(resolve(objects, line), depth + 1);
  };
  add(join(gitDirectory, 'objects'), 0);
  return found;
}

function alternates(objects: string): string[] {
  const path = join(objects, 'info/alternates');
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw unreadable(`${path} cannot be read: ${errorMessage(error)}`, error);
  }
}
