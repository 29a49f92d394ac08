import { COMMAND_NAMES, type CommandSpec, type OptionSpec, SUITE, VERSION } from '@crates-mirror/cli';
import { sectionOf } from '@crates-mirror/cli/config';
import { WORDS } from '@crates-mirror/suite/words';
import { paragraphs, roff } from './roff.ts';

/** The manual page of a command, in man(7). */
export function manPage(spec: CommandSpec): string {
  const word = sectionOf(spec) as string;
  const { prose, commands } = splitExamples(nameWords(spec.examples));
  const operand = spec.operand === undefined ? '' : ` ${spec.operand.name.toUpperCase()}`;
  return page(`${SUITE}-${word}`, spec.description, [
    '.SH SYNOPSIS',
    `.B ${roff(`${SUITE} ${word}`)}\n[options]${operand}`,
    `.br\n.B ${roff(spec.name)}\n[options]${operand}`,
    '.SH DESCRIPTION',
    roff(spec.description),
    ...(spec.operand === undefined
      ? []
      : [`.PP\n${roff(operand.trim())} is ${roff(spec.operand.description)}.`]),
    '.SH OPTIONS',
    ...groupsOf(spec.options),
    '.SH ENVIRONMENT AND FILES',
    roff(
      `Each option may stand in the section [${word}] of a TOML file that --config or CRATES_MIRROR_CONFIG names, or in`,
    ),
    roff(
      `a variable like ${variableLike(word, spec)}. The command line comes before the environment, that before the file.`,
    ),
    '.SH EXAMPLES',
    paragraphs(commands.map(exampleText)),
    '.SH NOTES',
    paragraphs(prose.map(roff)),
    '.SH SEE ALSO',
    seeAlso(word),
  ]);
}

/** The page of `crates-mirror` itself. */
export function suitePage(): string {
  return page(SUITE, 'keeps a verified, complete, resumable mirror of crates.io', [
    '.SH SYNOPSIS',
    `.B ${roff(SUITE)}\n.I command\n[options]`,
    '.SH DESCRIPTION',
    'Mirrors every crate file of crates.io, verified against the index, and serves, exports, bundles and hashes them.',
    '.SH COMMANDS',
    ...WORDS.map(({ word, what }) => `.TP\n.B ${word}\n${roff(what)}`),
    '.SH EXIT STATUS',
    '0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.',
    '.SH SEE ALSO',
    seeAlso(''),
  ]);
}

function page(name: string, description: string, sections: readonly string[]): string {
  // A date would differ between builds.
  const head = `.TH ${roff(name.toUpperCase())} 1 "" "${roff(`${SUITE} ${VERSION}`)}" "${roff(SUITE)}"`;
  const what = description.replace(/\.$/, '');
  return `${[head, '.SH NAME', `${roff(name)} \\- ${roff(what)}`, ...sections].join('\n')}\n`;
}

function groupsOf(options: readonly OptionSpec[]): string[] {
  const groups = [...new Set(options.map(({ group }) => group))];
  return groups.flatMap((group) => [
    `.SS ${roff(group)}`,
    ...options.filter((option) => option.group === group).map(optionEntry),
  ]);
}

function optionEntry({ flags, description, choices, default: value, defaultText }: OptionSpec): string {
  const [name = '', placeholder] = flags.split(' ');
  const argument = placeholder?.replaceAll(/[<>]/g, '');
  const head = argument === undefined ? `.B ${roff(name)}` : `.BI ${roff(name)} " ${roff(argument)}"`;
  const shown = defaultText ?? value;
  const extras = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(shown === undefined ? [] : [`default: ${shown}`]),
  ];
  return `.TP\n${head}\n${roff(description)}${extras.length === 0 ? '' : roff(` (${extras.join('; ')})`)}`;
}

function variableLike(word: string, { options }: CommandSpec): string {
  const [name = ''] = (options.find(({ flags }) => flags.includes('<')) as OptionSpec).flags.split(' ');
  return `CRATES_MIRROR_${word}_${name.slice(2)}`.toUpperCase().replaceAll('-', '_');
}

/** Names programs as subcommands of `crates-mirror`, as in the page's title. */
function nameWords(text: string): string {
  return COMMAND_NAMES.reduce(
    (named, { program, word }) =>
      named.replaceAll(new RegExp(`(?<=^ {2}|see )${program}(?= )`, 'gm'), `${SUITE} ${word}`),
    text,
  );
}

interface Example {
  readonly command: string;
  readonly what: string;
}

/**
 * Lines indented by two spaces are commands, more deeply indented ones their descriptions; the rest
 * is prose.
 */
function splitExamples(text: string): { readonly prose: string[]; readonly commands: Example[] } {
  const commands = [...text.matchAll(/^ {2}(\S.*(?:(?<=\\)\n.*)*)((?:\n {6}\S.*)*)/gm)].map(
    ([, command = '', what = '']) => ({
      command: command.replaceAll(/\\\n\s*/g, '\\\n    '),
      what: what.trim().replaceAll(/\s+/g, ' '),
    }),
  );
  const prose = text.split('\n').filter((line) => /^\S/.test(line) && !/^Examples?:$/.test(line));
  return { prose, commands };
}

function exampleText({ command, what }: Example): string {
  return `.EX\n${roff(command)}\n.EE${what === '' ? '' : `\n.RS\n${roff(what)}\n.RE`}`;
}

function seeAlso(word: string): string {
  const pages = [SUITE, ...COMMAND_NAMES.map((one) => `${SUITE}-${one.word}`)].filter(
    (name) => name !== (word === '' ? SUITE : `${SUITE}-${word}`),
  );
  return pages
    .map((name) => `.BR ${roff(name)} (1)`)
    .join(',\n')
    .replaceAll(/ \(1\),$/gm, ' (1),');
}
