// By a URL that esbuild does not follow: Node.js itself loads the TypeScript, as everywhere in this
// repository.
const { config } = await import(new URL('../src/config.ts', import.meta.url).href);

export default config;
