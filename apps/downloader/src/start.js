/**
 * Entry point for Nx: runs the downloader, which mirrors the embedded sample if there are no
 * arguments.
 */
if (process.argv.length === 2) process.argv.push('--sample');
await import('./main.js');
