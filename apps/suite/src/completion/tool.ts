import { type CommandSpec, ExitCode, parseCommand, runMain, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { COMPLETIONS } from './index.ts';

const SHELLS = Object.keys(COMPLETIONS);

const COMMAND: CommandSpec = {
  name: 'crates-mirror completion',
  version: VERSION,
  description: 'Prints a shell script that completes commands and options.',
  operand: { name: 'shell', description: SHELLS.join(', ') },
  options: [],
  examples: `Examples:
  source <(crates-mirror completion bash)
      in ~/.bashrc
  crates-mirror completion zsh > ~/.zfunc/_crates-mirror
      with ~/.zfunc in fpath, before compinit
  crates-mirror completion fish > ~/.config/fish/completions/crates-mirror.fish`,
};

await runMain('crates-mirror completion', async (argv) => {
  const { operand = '' } = parseCommand(COMMAND, argv);
  const print = Object.entries(COMPLETIONS).find(([shell]) => shell === operand)?.[1];
  if (print === undefined)
    throw new UsageError(`there is no completion for '${operand}'`, {
      hint: `There is one for ${SHELLS.join(', ')}`,
    });
  process.stdout.write(print());
  return ExitCode.done;
});
