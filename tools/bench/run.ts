// `npm run bench -- NAME [options]`: measures, prints a table and the ratio to the floor. `--json FILE` writes the rows;
// `--max-ratio R` exits 1 above it. It judges nothing by itself: figures depend on the machine.
import { writeFile } from 'node:fs/promises';
import { type Benchmark, ratios, table } from '../door/benchmark.ts';
import { type Door, serve } from '../door/door.ts';
import { numberOf } from '../door/options.ts';

const door: Door<Benchmark> = {
  script: 'bench',
  folder: import.meta.dirname,
  common: {
    json: { type: 'string', about: 'write { rows: [{ name, modules, p50, p95 }] } to this file, in milliseconds' },
    'max-ratio': { type: 'string', about: "exit 1 when rekindle's p50 is more than this many times the floor's" },
  },
  async run(name, benchmark, { json, 'max-ratio': limit, ...values }) {
    const most = typeof limit === 'string' ? numberOf('max-ratio', limit) : undefined;

    const rows = await benchmark.run(values);
    console.log(table(rows).join('\n'));
    if (typeof json === 'string') await writeFile(json, `${JSON.stringify({ rows }, null, 2)}\n`);

    const all = ratios(rows);
    for (const [modules, ratio] of all) console.log(`${name}: ${ratio.toFixed(2)} of the floor at ${modules} modules`);
    if (most === undefined) return 0;
    if (all.size === 0) throw new Error(`${name} has no row to compare with the floor.`);
    if (Math.max(...all.values()) <= most) return 0;
    console.error(`${name}: more than ${most} of the floor`);
    return 1;
  },
};

process.exitCode = await serve(door, process.argv.slice(2));
