/** The process that kills.test.ts kills: bundles crate files, and stores the bundles. */
import { ShelfInTest } from './shelf-in-test.ts';

const [root = '', endpoint = '', names = ''] = process.argv.slice(2);
const shelves = new ShelfInTest(root, endpoint);
const shelf = await shelves.open();
const folder = await shelves.folder(shelf);
await shelf.storeLeft(folder.held);
await shelves.write(folder, names.split(','), (entry) => shelf.add(entry));
await shelf.done();
await shelves.close();
