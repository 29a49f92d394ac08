import { WORDS } from './words.ts';

const WIDEST = Math.max(...WORDS.map(({ word }) => word.length));

/** The text of `crates-mirror --help`: an overview of the commands. */
export function mapOfCommands(): string {
  const commands = WORDS.map(({ word, what }) => `  ${word.padEnd(WIDEST)}  ${what}`);
  return `Usage: crates-mirror COMMAND [options]

Keeps a verified, complete, resumable mirror of crates.io.

Commands:
${commands.join('\n')}

Options:
  --version  print the version
  -h, --help  print this help; crates-mirror COMMAND --help lists its options

Examples:
  crates-mirror download --sample
      mirror the embedded sample registry, to see how it works
  crates-mirror index --index-dir crates.io-index --output-dir mirror --contact you@example.org
      clone or update the index, ask, and mirror new versions
  crates-mirror serve --mirror mirror --index-dir crates.io-index
      let cargo build from it

Each command is also a program of its own, like crates-mirror-downloader.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.
`;
}
