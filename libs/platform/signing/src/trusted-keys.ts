import { readGivenFile } from '@crates-mirror/cli/given-file';
import { CodedError, errorMessage, UsageError } from '@crates-mirror/errors';
import { createMessage, type Key, type PublicKey, readKeys, readSignature, verify } from 'openpgp';

const ARMORED_BLOCK = /-----BEGIN PGP [^-]+-----.*?-----END PGP [^-]+-----/gs;

/** The signer. */
export interface SignedBy {
  /** Of the whole key, upper-case hex, as shown by gpg. */
  readonly fingerprint: string;
  /** `Alice <alice@example.org>`; empty if the key has none */
  readonly userId: string;
}

/** Public keys whose signatures are accepted. */
export class TrustedKeys {
  readonly #keys: readonly PublicKey[];

  /**
   * @param option the option that names the files, for messages
   * @param files of armored public keys, any number in each
   * @throws UsageError if one cannot be read, or contains a private key
   */
  static async open(option: string, files: readonly string[]): Promise<TrustedKeys> {
    const keys: PublicKey[] = [];
    for (const file of files) keys.push(...(await readPublicKeys(option, file)));
    return new TrustedKeys(keys);
  }

  private constructor(keys: readonly PublicKey[]) {
    this.#keys = keys;
  }

  /**
   * Verifies a detached, armored signature (RFC 9580) over some bytes.
   *
   * @returns the signer
   * @throws CodedError without a signature by a trusted key, with a message that follows a name
   */
  async check(bytes: Uint8Array, armored: string): Promise<SignedBy> {
    const signature = await readSignature({ armoredSignature: armored }).catch(() => {
      throw new CodedError('no_signature', 'is no ASCII-armored OpenPGP signature');
    });
    const message = await createMessage({ binary: bytes });
    const { signatures } = await verify({
      message,
      signature,
      verificationKeys: [...this.#keys],
      format: 'binary',
      // A slow clock must not reject a recent signature. Keys are checked at the time of the
      // signature.
      date: null,
    });
    let failure = 'has no signature in it';
    for (const { keyID, verified } of signatures) {
      const key = this.#keys.find((one) => one.getKeyIDs().some((id) => id.equals(keyID)));
      const id = keyID.toHex().toUpperCase();
      try {
        await verified;
        if (key !== undefined) return signedBy(key);
        failure = unknownKey(id);
      } catch (error) {
        failure = key === undefined ? unknownKey(id) : `is not good: ${errorMessage(error)}`;
      }
    }
    throw new CodedError('bad_signature', failure);
  }
}

function unknownKey(id: string): string {
  return `is by the key ${id}, which is not trusted here`;
}

function signedBy(key: Key): SignedBy {
  return { fingerprint: key.getFingerprint().toUpperCase(), userId: key.getUserIDs()[0] ?? '' };
}

async function readPublicKeys(option: string, file: string): Promise<PublicKey[]> {
  const text = readGivenFile(option, file).toString('utf8');
  const hint = 'Export one with gpg --armor --export NAME';
  const notArmored = (): never => {
    throw new UsageError(`${option}: ${file} is no ASCII-armored OpenPGP key`, { hint });
  };
  const keys: PublicKey[] = [];
  for (const [armoredKeys] of text.matchAll(ARMORED_BLOCK))
    keys.push(...(await readKeys({ armoredKeys }).catch(notArmored)));
  if (keys.length === 0) notArmored();
  if (keys.some((key) => key.isPrivate()))
    throw new UsageError(`${option}: ${file} has a private key in it`, { hint });
  return keys;
}
