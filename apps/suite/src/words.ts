import type { CommandWord } from '@crates-mirror/cli';

/** Commands that belong to no single program. */
type OwnWord = 'config' | 'completion';

/** A word of the command line. */
export interface Word {
  readonly word: CommandWord | OwnWord;
  /** The description in the `--help` overview. */
  readonly what: string;
  /** The tool's own name for it, if the tool has more than one command. */
  readonly subcommand?: string;
}

/** In the order in which a mirror is built. */
export const WORDS: readonly Word[] = [
  {
    word: 'index',
    what: 'clone or update the crates.io index, then mirror what is new in it',
  },
  {
    word: 'download',
    what: 'mirror crate files: an index or a list of URLs in, files or bundles and a manifest out',
  },
  {
    word: 'sidecars',
    what: 'write the metadata of every crate version as JSON, from the index alone',
  },
  {
    word: 'extract',
    what: 'put bundled crate files back as loose ones, list or verify them',
  },
  {
    word: 'serve',
    what: 'serve a mirror to cargo and to people',
  },
  {
    word: 'export',
    what: 'write a mirror as plain files, for any web server',
    subcommand: 'export',
  },
  {
    word: 'hash',
    what: 'hash a directory: inventory, checksum files, archive, signatures',
  },
  {
    word: 'verify',
    what: 'compare a directory with its inventory',
    subcommand: 'verify',
  },
  {
    word: 'pack',
    what: 'pack what has changed in a mirror as a signed parcel, to be carried across an air gap',
    subcommand: 'pack',
  },
  {
    word: 'verify-parcels',
    what: 'check parcels, on either side',
    subcommand: 'verify',
  },
  {
    word: 'unpack',
    what: 'take parcels into a mirror behind an air gap',
    subcommand: 'unpack',
  },
  {
    word: 'parcel-status',
    what: 'tell what a mirror has received, and which parcels are missing',
    subcommand: 'status',
  },
  {
    word: 'config',
    what: 'print the options in force, and where each is from',
  },
  {
    word: 'completion',
    what: 'print a script with which bash, zsh or fish completes all this',
  },
];
