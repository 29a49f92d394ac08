import type { OptionSpec, OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';

/** The options of a command that can sign its output. */
export function signingOptions(group: string) {
  return [
    {
      flags: '--gpgkey <file>',
      description: 'sign with this OpenPGP private key (ASCII armor)',
      group,
    },
    {
      flags: '--gpgkey-passphrase-file <file>',
      description: 'file whose first line is the passphrase of the key (asked for on the terminal)',
      group,
    },
  ] as const satisfies readonly OptionSpec[];
}

type RawSigning = OptionValues<ReturnType<typeof signingOptions>>;

/** The options for signing. */
export interface SigningOptions {
  readonly gpgkey: string | undefined;
  readonly passphraseFile: string | undefined;
}

/** @throws UsageError */
export function signingOf({ gpgkey, gpgkeyPassphraseFile }: RawSigning): SigningOptions {
  if (gpgkeyPassphraseFile !== undefined && gpgkey === undefined)
    throw new UsageError('--gpgkey-passphrase-file needs a key', { hint: 'Give --gpgkey too' });
  return { gpgkey, passphraseFile: gpgkeyPassphraseFile };
}
