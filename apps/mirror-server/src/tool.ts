import { runMain } from '@crates-mirror/cli';

await runMain('mirror-server', async (argv) => {
  // Loads a command's code only after parsing its options, so that --help and usage errors respond
  // at once.
  if (argv[0] === 'export') {
    const { parseExportOptions } = await import('./export-command-line.ts');
    const options = parseExportOptions(argv.slice(1));
    if (options.explain !== undefined) return (await import('./explain.ts')).explainServed(options);
    return (await import('./export/run.ts')).runExport(options);
  }
  const { parseServeOptions } = await import('./command-line.ts');
  const options = parseServeOptions(argv);
  if (options.explain !== undefined) return (await import('./explain.ts')).explainServed(options);
  return (await import('./serve.ts')).serve(options);
});
