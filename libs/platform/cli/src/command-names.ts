/**
 * Every command: its own program, and its name after `crates-mirror`. The subcommands of a program
 * come before the program itself.
 */
export const COMMAND_NAMES = [
  { program: 'crates-mirror-index-cloner', word: 'index' },
  { program: 'crates-mirror-downloader', word: 'download' },
  { program: 'crates-mirror-sidecar-generator', word: 'sidecars' },
  { program: 'crates-mirror-archive-hasher verify', word: 'verify' },
  { program: 'crates-mirror-archive-hasher', word: 'hash' },
  { program: 'crates-mirror-bundle-extractor', word: 'extract' },
  { program: 'crates-mirror-carrier pack', word: 'pack' },
  { program: 'crates-mirror-carrier verify', word: 'verify-parcels' },
  { program: 'crates-mirror-carrier unpack', word: 'unpack' },
  { program: 'crates-mirror-carrier status', word: 'parcel-status' },
  { program: 'crates-mirror-server export', word: 'export' },
  { program: 'crates-mirror-server', word: 'serve' },
] as const;

export type CommandWord = (typeof COMMAND_NAMES)[number]['word'];

/** The program that contains all commands. */
export const SUITE = 'crates-mirror';

const PROGRAMS = new RegExp(
  `(?<![\\w./@-])(?:${COMMAND_NAMES.map(({ program }) => program).join('|')})(?![\\w./@-])`,
  'g',
);

/** Sources run from a checkout, where npx finds the programs; installed programs are in PATH. */
const IS_CHECKOUT = import.meta.filename.endsWith('.ts');

let isSuite = false;

/** Makes texts name commands as subcommands of `crates-mirror`, for the rest of the process. */
export function startedAsSuite(): void {
  isSuite = true;
}

/**
 * Rewrites the program names in a text so that the user can type them: in the way this process was
 * started.
 */
export function asStarted(text: string): string {
  return isSuite ? text.replaceAll(PROGRAMS, (program) => `${SUITE} ${wordOf(program)}`) : text;
}

/**
 * A command line for the user to copy.
 *
 * @param program with its arguments
 * @param inCheckout its form in a checkout of the repository, where it differs from the npx one
 */
export function commandLine(program: string, inCheckout = `npx --no -- ${program}`): string {
  return IS_CHECKOUT && !isSuite ? inCheckout : asStarted(program);
}

function wordOf(program: string): string {
  return COMMAND_NAMES.find((one) => one.program === program)?.word ?? program;
}
