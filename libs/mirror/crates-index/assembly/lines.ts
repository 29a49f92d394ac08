/**
 * Finds, checks, reads and indents lines of index files as bytes, sixteen at a time.
 * AssemblyScript; `nx run crates-index:wasm` compiles it to `src/lines.wasm`, and a test checks
 * that the compiled file is up to date. Between calls, only the scanned input and its rows are
 * kept.
 */
export { depthThere, indent, indentedTo } from './indent';
export { INPUT, MAX_INPUT, MAX_ROWS, OUTPUT, ROWS } from './memory';
export { isRegular } from './regular';
export { OTHER_FIELDS, READ, SAME_NAME, YANKED } from './row';
export { scan } from './scan';
