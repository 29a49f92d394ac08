import {
  COMPLETED_COMMANDS,
  COMPLETED_PROGRAMS,
  type CompletedCommand,
  type CompletedOption,
  PROGRAM_NAMES,
} from './model.ts';

/** A completion script for a folder in zsh's `fpath`, to be installed as `_crates-mirror`. */
export function zshCompletion(): string {
  const words = COMPLETED_COMMANDS.map(({ word, what }) => `      ${quoted(`${word}:${what}`)}`).join('\n');
  const cases = COMPLETED_COMMANDS.map(({ word }) => `        ${word}) _crates_mirror_${word} ;;`).join('\n');
  const programs = COMPLETED_PROGRAMS.map(({ name, word, subcommands }) => {
    const others = subcommands.map(
      (sub) =>
        `if [[ $words[2] == ${sub.name} ]]; then shift words; (( CURRENT-- )); _crates_mirror_${sub.word}; return; fi; `,
    );
    const first = subcommands.map(({ name: sub }) => `(( CURRENT == 2 )) && compadd ${sub}; `);
    return `    ${name}) ${first.join('')}${others.join('')}${word === undefined ? '' : `_crates_mirror_${word} `};;`;
  });
  return `#compdef ${PROGRAM_NAMES.join(' ')}
${COMPLETED_COMMANDS.map(functionOf).join('\n')}
_crates_mirror() {
  local -a commands
  case $service in
    crates-mirror)
      if (( CURRENT == 2 )); then
        commands=(
${words}
        )
        _describe command commands
        return
      fi
      local word=$words[2]
      shift words
      (( CURRENT-- ))
      case $word in
${cases}
      esac ;;
${programs.join('\n')}
  esac
}
_crates_mirror "$@"
`;
}

function functionOf({ word, options }: CompletedCommand): string {
  return `_crates_mirror_${word}() {\n  _arguments ${options.map(argumentOf).join(' ')} '*:file:_files'\n}`;
}

function argumentOf({ name, description, value, choices }: CompletedOption): string {
  const text = description.replaceAll(/[\\[\]:]/g, '\\$&');
  return quoted(`*${name}[${text}]${actionOf(value, choices)}`);
}

function actionOf(value: CompletedOption['value'], choices: readonly string[]): string {
  if (choices.length > 0) return `:value:(${choices.join(' ')})`;
  const actions = { none: '', text: ':value:', file: ':file:_files', directory: ':directory:_files -/' };
  return actions[value];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
