// `npm run bench -- NAME [options]`: measures, prints a table and, last, the highest ratio to the floor. `--json FILE` writes the rows;
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

    const complaint = benchmark.complaint?.(rows, values);
    if (complaint !== undefined) console.error(`${name}: ${complaint}`);
    const failed = complaint === undefined ? 0 : 1;
    const all = ratios(rows);
    if (all.length === 0) {
      if (most !== undefined) throw new Error(`${name} has no row to compare with the floor.`);
      return failed;
    }
    const worst = all.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    const where = `at ${worst.modules} modules${worst.case === undefined ? '' : `, ${worst.case}`}`;
    if (most !== undefined && worst.ratio > most) console.error(`${name}: more than ${most} of the floor ${where}`);
    console.log(
      `${name}: ${worst.ratio.toFixed(2)} of the floor${all.length > 1 ? `, the most of ${all.length}` : ''}`,
    );
    return most !== undefined && worst.ratio > most ? 1 : failed;
  },
};

process.exitCode = await serve(door, process.argv.slice(2));
