import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { SignedBy, TrustedKeys } from '@crates-mirror/signing/trusted-keys';
import type { FoundParcel } from './find-parcels.ts';
import { MANIFEST_NAME, signatureName } from './names.ts';

const SIGNATURE_NAME = signatureName(MANIFEST_NAME);

/**
 * Finds out who signed a parcel.
 *
 * @throws CodedError if no trusted key did; its message follows the parcel's name
 */
export async function checkSignature(parcel: FoundParcel, keys: TrustedKeys): Promise<SignedBy> {
  let armored: string;
  try {
    armored = readFileSync(join(parcel.directory, SIGNATURE_NAME), 'utf8');
  } catch (error) {
    const why =
      errorCode(error) === 'ENOENT'
        ? `is not signed: there is no ${SIGNATURE_NAME}`
        : `has a ${SIGNATURE_NAME} that cannot be read: ${errorMessage(error)}`;
    throw new CodedError('no_signature', why);
  }
  try {
    return await keys.check(parcel.bytes, armored);
  } catch (error) {
    throw new CodedError('bad_signature', `has a signature that ${errorMessage(error)}`, { cause: error });
  }
}
