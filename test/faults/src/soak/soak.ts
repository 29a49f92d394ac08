import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { prepare } from '@crates-mirror/e2e/prepare-tests';
import { CleanUps } from '../campaign-run.ts';
import { downloaderSoak } from './downloader-soak.ts';
import { growthOf } from './growth.ts';
import { plot } from './plot.ts';
import { missingH2load, serverSoak } from './server-soak.ts';
import type { Soak, SoakResult } from './soak-kind.ts';

const GROUP = 'Soak';
const SOAKS: readonly Soak[] = [downloaderSoak, serverSoak];

await runMain('soak', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'soak',
      version: '0.1.0',
      description: 'Loads downloader and mirror-server for some minutes, and watches what they hold.',
      options: [
        {
          flags: '--minutes <n>',
          description: 'of load',
          group: GROUP,
          default: '20',
          parse: wholeNumber(1),
        },
        {
          flags: '--tool <name>',
          description: 'load this one alone',
          group: GROUP,
          choices: SOAKS.map(({ name }) => name),
        },
        { flags: '--plots <dir>', description: 'write a plot for each tool into it', group: GROUP },
      ],
      examples: 'Example:\n  npx nx run faults:soak -- --minutes 20 --plots docs',
    },
    argv,
  );
  const { minutes, tool, plots } = values as { minutes: number; tool?: string; plots?: string };
  const chosen = SOAKS.filter(({ name }) => tool === undefined || name === tool);
  const missing = chosen.includes(serverSoak) ? missingH2load() : undefined;
  if (missing !== undefined) throw new Error(missing);
  Object.assign(process.env, await prepare('.nx/programs-of-soaks'));
  const results = await Promise.all(chosen.map((soak) => run(soak, minutes)));
  let hasGrown = false;
  for (const [i, result] of results.entries()) {
    const soak = chosen[i] as Soak;
    hasGrown ||= result.series.some((series) => growthOf(series).hasGrown);
    process.stdout.write(report(soak, result));
    if (plots !== undefined)
      writeFileSync(join(plots, `soak-${soak.name}.svg`), plot(soak.title, result.series));
  }
  return hasGrown ? ExitCode.failed : ExitCode.done;
});

async function run(soak: Soak, minutes: number): Promise<SoakResult> {
  await using t = new CleanUps();
  const directory = mkdtempSync(join(tmpdir(), 'soak-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return await soak.run(t, directory, minutes);
}

function report({ name }: Soak, { figures, series }: SoakResult): string {
  const counts = Object.entries(figures).map(([what, count]) => [what, count.toLocaleString('en-US')]);
  const held = series.map((one) => {
    const { text, hasGrown } = growthOf(one);
    return [one.name, `${text}${hasGrown ? ': GROWN' : ''}`];
  });
  const lines = [...counts, ...held].map(([what = '', text]) => `  ${what.padEnd(24)} ${text}\n`);
  return `${name}:\n${lines.join('')}`;
}
