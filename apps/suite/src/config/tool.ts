import { type CommandSpec, ExitCode, parseCommand, runMain, VERSION } from '@crates-mirror/cli';
import { CONFIG_VARIABLE, readConfigFile, sectionOf } from '@crates-mirror/cli/config';
import { COMMANDS } from '../commands.ts';
import { inForce } from './in-force.ts';
import { sectionText } from './print.ts';
import { unknownVariables } from './unknown-variables.ts';

const COMMAND = {
  name: 'crates-mirror config',
  version: VERSION,
  description:
    'Prints the effective options of each command and their sources: environment, file or default.',
  options: [
    {
      flags: '--config <file>',
      description: `a TOML file (the one that ${CONFIG_VARIABLE} names)`,
      group: 'Input',
    },
  ],
  examples: `Examples:
  crates-mirror config --config crates-mirror.toml
      check a configuration file, and show its effect
  crates-mirror config > crates-mirror.toml
      a file to start from, with every default

The command line overrides the environment, which overrides the file, which overrides the defaults.
Exit codes: 0 all done, 2 wrong usage or input.`,
} as const satisfies CommandSpec;

await runMain('crates-mirror config', async (argv) => {
  const { config } = parseCommand(COMMAND, argv).values;
  const { env } = process;
  const path = config ?? (env[CONFIG_VARIABLE] || undefined);
  const file =
    path === undefined
      ? undefined
      : readConfigFile(path, config === undefined ? CONFIG_VARIABLE : '--config');
  const sections = COMMANDS.map((spec) => {
    const section = sectionOf(spec) as string;
    return sectionText(section, inForce(spec, section, env, file));
  });
  process.stdout.write(`${sections.join('\n\n')}\n`);
  for (const line of unknownVariables(COMMANDS, env)) process.stderr.write(`crates-mirror config: ${line}\n`);
  return ExitCode.done;
});
