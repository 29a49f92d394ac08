/**
 * Every command: the program that has it to itself, and the word that stands for it after `crates-mirror`. A command of a
 * program that has several comes before the program alone.
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

/** The program that has all commands. */
export const SUITE = 'crates-mirror';

const PROGRAMS = new RegExp(
  `(?<![\\w./@-])(?:${COMMAND_NAMES.map(({ program }) => program).join('|')})(?![\\w./@-])`,
  'g',
);

/** Sources run from a checkout, where npx finds the programs; what is installed is in PATH. */
const IS_CHECKOUT = import.meta.filename.endsWith('.ts');

let isSuite = false;

/** Has texts name the commands as words of `crates-mirror`, for the rest of the process. */
export function startedAsSuite(): void {
  isSuite = true;
}

/** A text with the names of programs in it, as the user can type them: the way this process was started. */
export function asStarted(text: string): string {
  return isSuite ? text.replaceAll(PROGRAMS, (program) => `${SUITE} ${wordOf(program)}`) : text;
}

/**
 * A command line to be copied.
 *
 * @param program with its arguments
 * @param inCheckout what it is instead in a checkout of the repository, where it is not what npx runs
 */
export function commandLine(program: string, inCheckout = `npx --no -- ${program}`): string {
  return IS_CHECKOUT && !isSuite ? inCheckout : asStarted(program);
}

function wordOf(program: string): string {
  return COMMAND_NAMES.find((one) => one.program === program)?.word ?? program;
}
