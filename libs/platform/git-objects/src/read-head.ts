import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { unreadable } from './git-object.ts';

const OBJECT_NAME = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** git's own limit for nested symbolic references. */
const DEEPEST = 5;

/**
 * The id of the commit that HEAD points to. Format: gitrepository-layout(5).
 *
 * @throws CodedError if there is none
 */
export function readHead(gitDirectory: string): string {
  let name = 'HEAD';
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const value = readRef(gitDirectory, name);
    if (value === undefined) throw unreadable(`${gitDirectory} has no commit: ${name} does not exist`);
    if (OBJECT_NAME.test(value)) return value;
    const [, target] = /^ref: *(refs\/\S+)$/.exec(value) ?? [];
    if (target === undefined || target.split('/').includes('..'))
      throw unreadable(`${join(gitDirectory, name)} is no reference`);
    name = target;
  }
  throw unreadable(`HEAD of ${gitDirectory} leads in a circle`);
}

/** A reference may exist both loose and packed; the loose file is newer. */
function readRef(gitDirectory: string, name: string): string | undefined {
  const text = readText(join(gitDirectory, name)) ?? packedRef(gitDirectory, name);
  return text ?? readText(join(gitDirectory, name)) ?? undefined;
}

function packedRef(gitDirectory: string, name: string): string | undefined {
  const lines = (readText(join(gitDirectory, 'packed-refs')) ?? '').split('\n');
  return lines.find((line) => line.endsWith(` ${name}`))?.slice(0, -name.length - 1);
}

/** @returns undefined if there is no such file. @throws CodedError if it cannot be read */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error))) return undefined;
    throw unreadable(`${path} cannot be read: ${errorMessage(error)}`, error);
  }
}
