/**
 * Lines of index files as bytes: found, checked and read, or indented, sixteen bytes at a time. AssemblyScript;
 * `nx run crates-index:wasm` compiles it to `src/lines.wasm`, and a test tells when that is not what is here. From one
 * call to the next, only what was scanned is kept, and its rows.
 */
export { depthThere, indent, indentedTo } from './indent';
export { INPUT, MAX_INPUT, MAX_ROWS, OUTPUT, ROWS } from './memory';
export { isRegular } from './regular';
export { OTHER_FIELDS, READ, SAME_NAME, YANKED } from './row';
export { scan } from './scan';
