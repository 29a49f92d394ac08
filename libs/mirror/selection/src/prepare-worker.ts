import { parentPort, workerData } from 'node:worker_threads';
import { openIndex } from '@crates-mirror/crates-index';
import type { SelectionRules } from './rules.ts';
import { openSelection } from './selector.ts';

const { indexDir, rules } = workerData as { readonly indexDir: string; readonly rules: SelectionRules };
// What is not there was told when the server began.
const { data } = await openSelection(rules, await openIndex(indexDir), () => {});
parentPort?.postMessage(data);
