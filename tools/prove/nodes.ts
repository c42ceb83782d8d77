// A small game on every Node that is supported, from the sources: a script is loaded, changed, refused and closed.
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { Checks } from '../door/checks.ts';
import type { Options } from '../door/options.ts';
import { Program } from '../door/program.ts';
import type { Tally } from '../door/tally.ts';
import { bringNode, versions } from '../nodes/nodes.ts';
import { sourceFlags } from '../run/flags.ts';

export const summary = 'a game loads, changes and closes its scripts on every supported Node';

export const options = {} satisfies Options;

const patience = 60_000;

export async function run(): Promise<Tally> {
  const checks = new Checks();
  await play(process.version.slice(1), process.execPath, checks);
  for (const version of versions) await play(version, await bringNode(version), checks);
  return checks;
}

async function play(version: string, node: string, checks: Checks): Promise<void> {
  const game = new Program(node, [...sourceFlags, join(import.meta.dirname, 'nodes/game.ts')], { cwd: root });
  const { code, signal } = await game.ended(patience);
  const said = game.output.trim().split('\n');
  const expected = [`node v${version}`, 'loaded 1', 'committed 2', 'refused SYNTAX_ERROR, still 2', 'closed'];
  checks.that(`Node ${version}`, code === 0 && said.join('\n') === expected.join('\n'), said.slice(1).join(', '));
  if (code !== 0) console.log(`         ended with ${code ?? signal}`);
}
