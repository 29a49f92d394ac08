import type { CommandWord } from '@crates-mirror/cli';

/** Commands that no program has to itself. */
type OwnWord = 'config';

/** What a word of the command line starts. */
export interface Word {
  readonly word: CommandWord | OwnWord;
  /** One line of the map that `--help` is. */
  readonly what: string;
  /** Imports the tool, which reads `process.argv`. */
  readonly start: () => Promise<unknown>;
  /** The tool's own word for it, where it has more than one command. */
  readonly subcommand?: string;
}

/** In the order in which a mirror comes about. */
export const WORDS: readonly Word[] = [
  {
    word: 'index',
    what: 'clone or update the crates.io index, then mirror what is new in it',
    start: () => import('@crates-mirror/index-cloner/tool'),
  },
  {
    word: 'download',
    what: 'mirror crate files: an index or a list of URLs in, files or bundles and a manifest out',
    start: () => import('@crates-mirror/downloader/tool'),
  },
  {
    word: 'sidecars',
    what: 'write the metadata of every crate version as JSON, from the index alone',
    start: () => import('@crates-mirror/sidecar-generator/tool'),
  },
  {
    word: 'extract',
    what: 'put bundled crate files back as loose ones, list or verify them',
    start: () => import('@crates-mirror/bundle-extractor/tool'),
  },
  {
    word: 'serve',
    what: 'serve a mirror to cargo and to people',
    start: () => import('@crates-mirror/mirror-server/tool'),
  },
  {
    word: 'export',
    what: 'write a mirror as plain files, for any web server',
    start: () => import('@crates-mirror/mirror-server/tool'),
    subcommand: 'export',
  },
  {
    word: 'hash',
    what: 'hash a directory: inventory, checksum files, archive, signatures',
    start: () => import('@crates-mirror/archive-hasher/tool'),
  },
  {
    word: 'verify',
    what: 'compare a directory with its inventory',
    start: () => import('@crates-mirror/archive-hasher/tool'),
    subcommand: 'verify',
  },
  {
    word: 'config',
    what: 'print the options in force, and where each is from',
    start: () => import('./config/tool.ts'),
  },
];
