import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { SignedBy, TrustedKeys } from '@crates-mirror/signing/trusted-keys';
import type { FoundParcel } from './find-parcels.ts';
import { MANIFEST_NAME, SUMS_NAME, signatureName } from './names.ts';
import { parcelSums } from './sums.ts';

/** Maximum bytes of a detached signature; OpenPGP's have some hundred. */
const MAX_SIGNATURE = 1 << 20;

/**
 * Finds out who signed a parcel.
 *
 * @throws CodedError if no trusted key did; its message follows the parcel's name
 */
export function checkSignature(parcel: FoundParcel, keys: TrustedKeys): Promise<SignedBy> {
  return checkSigned(parcel, MANIFEST_NAME, parcel.bytes, keys);
}

/** The same for the signature by which a parcel is imported by hand. @throws CodedError likewise */
export function checkSumsSignature(parcel: FoundParcel, keys: TrustedKeys): Promise<SignedBy> {
  return checkSigned(parcel, SUMS_NAME, Buffer.from(parcelSums(parcel.manifest, parcel.id)), keys);
}

async function checkSigned(
  { directory }: FoundParcel,
  file: string,
  content: Buffer,
  keys: TrustedKeys,
): Promise<SignedBy> {
  const armored = readSignature(directory, signatureName(file));
  try {
    return await keys.check(content, armored);
  } catch (error) {
    throw new CodedError('bad_signature', `has a signature that ${errorMessage(error)}`, { cause: error });
  }
}

/**
 * Reads a signature that anyone who has had the medium may have replaced, by a link to an endless
 * device for example.
 *
 * @param directory of the parcel
 * @throws CodedError; its message follows the parcel's name
 */
function readSignature(directory: string, name: string): string {
  const path = join(directory, name);
  try {
    const stats = lstatSync(path);
    if (stats.isFile() && stats.size <= MAX_SIGNATURE) return readFileSync(path, 'utf8');
  } catch (error) {
    const why =
      errorCode(error) === 'ENOENT'
        ? `is not signed: there is no ${name}`
        : `has a ${name} that cannot be read: ${errorMessage(error)}`;
    throw new CodedError('no_signature', why);
  }
  throw new CodedError('no_signature', `has a ${name} that is no signature`);
}
