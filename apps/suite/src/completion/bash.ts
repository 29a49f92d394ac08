import { COMPLETED_COMMANDS, COMPLETED_PROGRAMS, type CompletedCommand, PROGRAM_NAMES } from './model.ts';

/** A script to be sourced by bash. It does not need the package bash-completion. */
export function bashCompletion(): string {
  const words = COMPLETED_COMMANDS.map(({ word }) => word).join(' ');
  const programs = COMPLETED_PROGRAMS.map(({ name, word, subcommands }) => {
    const lines = subcommands.map((sub) => `[[ \${COMP_WORDS[1]} == ${sub.name} ]] && command=${sub.word}`);
    const names = subcommands.map((sub) => sub.name).join(' ');
    const first = names === '' ? [] : [`(( COMP_CWORD == 1 )) && words='${names}'`];
    return `    ${name}) ${[`command=${word ?? ''}`, ...first, ...lines].join('; ')} ;;`;
  });
  return `# bash completion of crates-mirror
_crates_mirror() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local program=\${COMP_WORDS[0]##*/} command='' words='' options='' IFS=$' \\t\\n'
  COMPREPLY=()
  case $program in
    crates-mirror)
      if (( COMP_CWORD == 1 )); then words='${words} --help --version'; else command=\${COMP_WORDS[1]}; fi ;;
${programs.join('\n')}
  esac
  case $command:$prev in
${COMPLETED_COMMANDS.flatMap(valueCases).join('\n')}
  esac
  case $command in
${COMPLETED_COMMANDS.map(optionCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words $options" -- "$cur"))
}
complete -F _crates_mirror ${PROGRAM_NAMES.join(' ')}
`;
}

function valueCases({ word, options }: CompletedCommand): string[] {
  const named = (wanted: string): string =>
    options
      .filter(({ value, choices }) => value === wanted && choices.length === 0)
      .map(({ name }) => `${word}:${name}`)
      .join('|');
  const files = (pattern: string, flag: string): string[] =>
    pattern === ''
      ? []
      : [
          `    ${pattern}) compopt -o filenames 2>/dev/null; IFS=$'\\n'; COMPREPLY=($(compgen ${flag} -- "$cur")); return ;;`,
        ];
  const choices = options.flatMap(({ name, choices: all }) =>
    all.length === 0
      ? []
      : [`    ${word}:${name}) COMPREPLY=($(compgen -W '${all.join(' ')}' -- "$cur")); return ;;`],
  );
  const text = named('text');
  return [
    ...choices,
    ...files(named('directory'), '-d'),
    ...files(named('file'), '-f'),
    ...(text === '' ? [] : [`    ${text}) return ;;`]),
  ];
}

function optionCase({ word, options }: CompletedCommand): string {
  return `    ${word}) options='${options.map(({ name }) => name).join(' ')}' ;;`;
}
