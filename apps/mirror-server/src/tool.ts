import { runMain } from '@crates-mirror/cli';

await runMain('mirror-server', async (argv) => {
  // What runs is loaded only when the options are known, so that --help and a mistyped one answer at once.
  if (argv[0] === 'export') {
    const { parseExportOptions } = await import('./export-command-line.ts');
    const options = parseExportOptions(argv.slice(1));
    return (await import('./export/run.ts')).runExport(options);
  }
  const { parseServeOptions } = await import('./command-line.ts');
  const options = parseServeOptions(argv);
  return (await import('./serve.ts')).serve(options);
});
