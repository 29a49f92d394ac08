import { runMain } from '@crates-mirror/cli';

await runMain('mirror-carrier', async ([command, ...argv]) => {
  // Loads a command's code only after parsing its options, so that --help and usage errors respond
  // at once.
  switch (command) {
    case 'pack': {
      const options = (await import('./command/pack.ts')).parsePackOptions(argv);
      if (options.explain !== undefined)
        return (await import('./pack/explain.ts')).explainPacked(options.explain, options);
      return (await import('./pack/run.ts')).runPack(options);
    }
    case 'verify': {
      const options = (await import('./command/verify.ts')).parseVerifyOptions(argv);
      return (await import('./verify/run.ts')).runVerify(options);
    }
    case 'unpack': {
      const options = (await import('./command/unpack.ts')).parseUnpackOptions(argv);
      return (await import('./unpack/run.ts')).runUnpack(options);
    }
    case 'status': {
      const options = (await import('./command/status.ts')).parseStatusOptions(argv);
      return (await import('./status/run.ts')).runStatus(options);
    }
    default:
      return (await import('./command/map.ts')).answerWithoutCommand(command);
  }
});
