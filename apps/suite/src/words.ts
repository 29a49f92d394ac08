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
    what: 'clone or update the crates.io index, then mirror new crate versions',
  },
  {
    word: 'download',
    what: 'mirror crate files from an index or a list of URLs, as files or bundles',
  },
  {
    word: 'sidecars',
    what: 'write the metadata of every crate version as JSON or Parquet',
  },
  {
    word: 'extract',
    what: 'extract, list or verify bundled crate files',
  },
  {
    word: 'serve',
    what: 'serve a mirror to cargo and to browsers',
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
    what: 'pack the changes in a mirror as a signed parcel, to carry across an air gap',
    subcommand: 'pack',
  },
  {
    word: 'verify-parcels',
    what: 'verify parcels, on either side of the gap',
    subcommand: 'verify',
  },
  {
    word: 'unpack',
    what: 'apply parcels to a mirror behind an air gap',
    subcommand: 'unpack',
  },
  {
    word: 'parcel-status',
    what: 'print which parcels a mirror has received, and which are missing',
    subcommand: 'status',
  },
  {
    word: 'config',
    what: 'print the effective options and their sources',
  },
  {
    word: 'completion',
    what: 'print a completion script for bash, zsh or fish',
  },
];
