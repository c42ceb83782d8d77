// Publishes one version on a machine whose clock is wrong: URI, version, and milliseconds by which it is.
import { mongoStore } from '@rekindle/store-mongodb';
import { publishTo } from './game.ts';

const [uri = '', version = '', skew = ''] = process.argv.slice(2);
const now = Date.now;
Date.now = () => now() + Number(skew);

await using store = mongoStore({ uri, database: 'arena' });
await publishTo(store, Number(version));
process.disconnect?.();
