import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type GitObject, hexOf, type ObjectId, type ObjectType, unreadable } from './git-object.ts';

const HEADER = /^(commit|tree|blob|tag) (\d+)$/;
const MAX_HEADER = 32;

/**
 * Reads an object from a file of its own. Format: gitformat-loose(5).
 *
 * @param most bytes of its content
 * @returns undefined if there is no such file
 * @throws CodedError if it is damaged or too large
 */
export function readLooseObject(objects: string, id: ObjectId, most: number): GitObject | undefined {
  const hex = hexOf(id);
  const path = join(objects, hex.slice(0, 2), hex.slice(2));
  let compressed: Buffer;
  try {
    compressed = readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(`${path} cannot be read: ${errorMessage(error)}`, error);
  }
  // Loaded only here, since a checkout needs no objects.
  const { inflateSync } = process.getBuiltinModule('node:zlib');
  try {
    const object = parse(inflateSync(compressed, { maxOutputLength: most + MAX_HEADER }));
    if (object.bytes.length > most) throw new Error(`it has ${object.bytes.length} bytes`);
    return object;
  } catch (error) {
    throw unreadable(`${path} is damaged or too large: ${errorMessage(error)}`, error);
  }
}

function parse(bytes: Buffer): GitObject {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(0);
  const [, type, size] = HEADER.exec(bytes.toString('latin1', 0, Math.max(end, 0))) ?? [];
  const content = bytes.subarray(end + 1);
  if (type === undefined || Number(size) !== content.length) throw new Error('it has another size');
  return { type: type as ObjectType, bytes: content };
}
