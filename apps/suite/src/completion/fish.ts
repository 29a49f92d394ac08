import { COMPLETED_COMMANDS, COMPLETED_PROGRAMS, type CompletedOption } from './model.ts';

/** A completion script for fish, to be installed as `crates-mirror.fish`. */
export function fishCompletion(): string {
  const words = COMPLETED_COMMANDS.map(
    ({ word, what }) => `complete -c crates-mirror -f -n __fish_use_subcommand -a ${word} -d ${quoted(what)}`,
  );
  const options = COMPLETED_COMMANDS.flatMap(({ word, options: all }) =>
    all.map((option) => line('crates-mirror', `__fish_seen_subcommand_from ${word}`, option)),
  );
  const alone = COMPLETED_PROGRAMS.flatMap(({ name, word, subcommands }) => {
    const subs = subcommands.map(({ name: sub }) => sub);
    const none = subs.length === 0 ? undefined : `not __fish_seen_subcommand_from ${subs.join(' ')}`;
    return [
      ...subs.map((sub) => `complete -c ${name} -f -n __fish_use_subcommand -a ${sub}`),
      ...optionsOf(word).map((option) => line(name, none, option)),
      ...subcommands.flatMap((sub) =>
        optionsOf(sub.word).map((option) => line(name, `__fish_seen_subcommand_from ${sub.name}`, option)),
      ),
    ];
  });
  return `${['# fish completion of crates-mirror', ...words, ...options, ...alone].join('\n')}\n`;
}

function optionsOf(word: string | undefined): readonly CompletedOption[] {
  return COMPLETED_COMMANDS.find((one) => one.word === word)?.options ?? [];
}

function line(program: string, condition: string | undefined, option: CompletedOption): string {
  const when = condition === undefined ? '' : ` -n ${quoted(condition)}`;
  const [name, description] = [option.name.slice(2), quoted(option.description)];
  return `complete -c ${program}${when} -l ${name} -d ${description}${valueFlags(option)}`;
}

function valueFlags({ value, choices }: CompletedOption): string {
  if (choices.length > 0) return ` -x -a ${quoted(choices.join(' '))}`;
  const parts = {
    none: ' -f',
    text: ' -x',
    file: ' -r -F',
    directory: " -x -a '(__fish_complete_directories)'",
  };
  return parts[value];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
