// Prints the table of directions and what goes against it; exit 1 if anything does.
import { table } from './directions.ts';
import { violations } from './violations.ts';
import { readPackages } from './workspace.ts';

const found = violations(await readPackages());
console.log(table().join('\n'));
for (const violation of found) console.error(violation);
process.exitCode = found.length === 0 ? 0 : 1;
