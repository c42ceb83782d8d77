// One of several processes on one cache: compiles and reads the same modules again and again, and tells what it found.
import { compile, DiskCache, instantiate } from '@rekindle/compiler';

const [folder = '', place = '0'] = process.argv.slice(2);
const count = 60;
let wrong = 0;
let found = 0;

for (let round = 0; round < 5; round += 1) {
  const cache = new DiskCache(folder, { tree: 'scripts' });
  await cache.open();
  for (let step = 0; step < count; step += 1) {
    // each begins with another module, so that they meet
    const index = (step + Number(place) * 15) % count;
    const options = { id: `area/room${index}.ts` };
    const source = `export const place: number = ${index}; export function visit() { return place + 1; }`;
    const key = cache.keyOf(source, options);
    const compiled = compile(source, options);
    if (!compiled.ok) throw new Error(compiled.diagnostics[0]?.message);
    const cached = cache.get(key);
    if (cached !== undefined) {
      found += 1;
      if (JSON.stringify(cached.artifact) !== JSON.stringify(compiled.artifact)) wrong += 1;
    }
    cache.set(key, compiled.artifact);
    const instantiated = instantiate(cached?.artifact ?? compiled.artifact, undefined, cached?.code);
    if (!instantiated.ok) throw new Error(instantiated.diagnostic.message);
    cache.loaded(key, compiled.artifact, instantiated.script);
  }
  await cache.idle();
}
process.send?.({ wrong, found });
process.disconnect();
