/** What Nx starts: the downloader, which mirrors the embedded sample where nothing else is asked for. */
if (process.argv.length === 2) process.argv.push('--sample');
await import('./main.js');
