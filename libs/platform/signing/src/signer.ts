import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { errorMessage, FatalError, UsageError } from '@crates-mirror/errors';
import {
  createMessage,
  decryptKey,
  type MaybeStream,
  type Message,
  type PrivateKey,
  readKey,
  sign,
} from 'openpgp';
import { askPassphrase, readPassphrase } from './passphrase.ts';

/**
 * Makes detached OpenPGP signatures (RFC 9580), ASCII-armored, in the form that `gpg --verify`
 * reads.
 */
export class Signer {
  readonly #key: PrivateKey;

  /**
   * @param keyFile an armored private key
   * @param passphraseFile file with its passphrase; undefined to prompt on the terminal
   * @throws UsageError when it cannot be used for signing
   */
  static async open(keyFile: string, passphraseFile: string | undefined): Promise<Signer> {
    const key = await readPrivateKey(keyFile);
    const unlocked = key.isDecrypted() ? key : await unlock(key, keyFile, passphraseFile);
    const signer = new Signer(unlocked);
    try {
      // Detects an unusable key now, and not after hours of hashing.
      await signer.#sign(await createMessage({ binary: new Uint8Array() }));
    } catch (error) {
      throw new UsageError(`--gpgkey: ${keyFile} cannot sign: ${errorMessage(error)}`);
    }
    return signer;
  }

  private constructor(key: PrivateKey) {
    this.#key = key;
  }

  /** Upper-case hex, as shown by gpg. */
  get fingerprint(): string {
    return this.#key.getFingerprint().toUpperCase();
  }

  get userIds(): readonly string[] {
    return this.#key.getUserIDs();
  }

  /** Armored public key. */
  get publicKey(): string {
    return this.#key.toPublic().armor();
  }

  /**
   * Signs a file, in memory independent of its size.
   *
   * @returns the armored signature
   * @throws FatalError, for example if the key has expired since it was opened
   */
  async signFile(path: string): Promise<string> {
    const content = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    try {
      return await this.#sign(await createMessage({ binary: content }));
    } catch (error) {
      throw new FatalError('signing_failed', `signing failed: ${errorMessage(error)}`, {
        hint: 'Nothing was written: put that right, or leave --gpgkey out, and run again',
        cause: error,
      });
    }
  }

  async #sign(message: Message<MaybeStream<Uint8Array>>): Promise<string> {
    const signature = await sign({ message, signingKeys: this.#key, detached: true, format: 'object' });
    const [armored] = await Promise.all([textOf(signature.armor()), drain(message.write())]);
    return armored;
  }
}

async function textOf(text: MaybeStream<string>): Promise<string> {
  if (typeof text === 'string') return text;
  let whole = '';
  for await (const piece of text as AsyncIterable<string>) whole += piece;
  return whole;
}

/** openpgp.js hashes a message while it is being read; unread, it would buffer everything. */
async function drain(bytes: MaybeStream<Uint8Array>): Promise<void> {
  if (bytes instanceof Uint8Array) return;
  for await (const _ of bytes as AsyncIterable<Uint8Array>);
}

async function readPrivateKey(keyFile: string): Promise<PrivateKey> {
  const text = readGivenFile('--gpgkey', keyFile).toString('utf8');
  const hint = 'Export one with gpg --armor --export-secret-keys NAME';
  const key = await readKey({ armoredKey: text }).catch(() => {
    throw new UsageError(`--gpgkey: ${keyFile} is no ASCII-armored OpenPGP key`, { hint });
  });
  if (!key.isPrivate()) throw new UsageError(`--gpgkey: ${keyFile} is a public key`, { hint });
  return key;
}

async function unlock(
  key: PrivateKey,
  keyFile: string,
  passphraseFile: string | undefined,
): Promise<PrivateKey> {
  const passphrase =
    passphraseFile === undefined
      ? await askPassphrase(`Passphrase of ${keyFile}: `)
      : readPassphrase(passphraseFile);
  if (passphrase === undefined)
    throw new UsageError(`--gpgkey: ${keyFile} needs a passphrase, and there is no terminal to ask on`, {
      hint: 'Give --gpgkey-passphrase-file',
    });
  return decryptKey({ privateKey: key, passphrase }).catch((error) => {
    throw new UsageError(`--gpgkey: ${keyFile} cannot be unlocked: ${errorMessage(error)}`);
  });
}
