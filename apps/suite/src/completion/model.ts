import { COMMAND_NAMES, type CommandSpec, type OptionSpec, SUITE } from '@crates-mirror/cli';
import { sectionOf } from '@crates-mirror/cli/config';
import { COMMANDS } from '../commands.ts';
import { WORDS } from '../words.ts';

/** The data a shell needs to complete an option. */
export interface CompletedOption {
  /** Includes its dashes. */
  readonly name: string;
  readonly description: string;
  readonly value: 'none' | 'text' | 'file' | 'directory';
  readonly choices: readonly string[];
}

/** A command with its options. */
export interface CompletedCommand {
  readonly word: string;
  readonly what: string;
  readonly options: readonly CompletedOption[];
}

/** A program that can be started by name, and its subcommands. */
export interface CompletedProgram {
  readonly name: string;
  /** The command that it runs without a subcommand; undefined if it requires one. */
  readonly word: string | undefined;
  /** Its subcommands, each with the command that it runs. */
  readonly subcommands: readonly { readonly name: string; readonly word: string }[];
}

const EVERYWHERE: readonly OptionSpec[] = [
  { flags: '--config <file>', description: 'TOML file with options not given here', group: '' },
  { flags: '--version', description: 'print the version', group: '' },
  { flags: '--help', description: 'print the help', group: '' },
];

export const COMPLETED_COMMANDS: readonly CompletedCommand[] = WORDS.map(({ word, what }) => {
  const spec = COMMANDS.find((one) => sectionOf(one) === word);
  return { word, what, options: optionsOf(spec) };
});

export const COMPLETED_PROGRAMS: readonly CompletedProgram[] = programs();

/** All programs with completions. */
export const PROGRAM_NAMES: readonly string[] = [SUITE, ...COMPLETED_PROGRAMS.map(({ name }) => name)];

function optionsOf(spec: CommandSpec | undefined): CompletedOption[] {
  return [...(spec?.options ?? []), ...EVERYWHERE].map(({ flags, description, choices = [] }) => ({
    name: flags.split(' ')[0] as string,
    description,
    value: valueOfFlags(flags),
    choices,
  }));
}

function valueOfFlags(flags: string): CompletedOption['value'] {
  if (!flags.includes('<')) return 'none';
  if (flags.includes('<dir>')) return 'directory';
  return flags.includes('<file>') ? 'file' : 'text';
}

function programs(): CompletedProgram[] {
  const names = new Set(COMMAND_NAMES.map(({ program }) => program.split(' ')[0] as string));
  return [...names].map((name) => ({
    name,
    word: COMMAND_NAMES.find(({ program }) => program === name)?.word,
    subcommands: COMMAND_NAMES.filter(({ program }) => program.startsWith(`${name} `)).map((other) => ({
      name: other.program.slice(name.length + 1),
      word: other.word,
    })),
  }));
}
