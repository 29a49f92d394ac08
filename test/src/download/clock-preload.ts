/**
 * Loaded before a tool's own code, in each of its threads: a clock that stands still until a file
 * exists.
 */
import { existsSync } from 'node:fs';

const { CLOCK_BEFORE = '', CLOCK_AFTER = '', CLOCK_MOVED = '' } = process.env;

Date.now = () => Date.parse(existsSync(CLOCK_MOVED) ? CLOCK_AFTER : CLOCK_BEFORE);
