// Everything on every Node that is supported, beside the one that runs the workspace: a small game first, which says in
// a second whether anything works at all, then `npm test`, then each proof, all of them started by that Node. It says
// nothing of its own about what they prove: it counts their closing lines.
import { delimiter, dirname, join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { Checks } from '../door/checks.ts';
import { type Options, UsageError, type Values } from '../door/options.ts';
import { Program } from '../door/program.ts';
import type { Proof } from '../door/proof.ts';
import { load, names } from '../door/registry.ts';
import { closingLine, judge, type Tally } from '../door/tally.ts';
import { bringNode, versionOf, versions } from '../nodes/nodes.ts';
import { sourceFlags } from '../run/flags.ts';

export const summary = 'a small game, npm test and every proof on each supported Node';

export const options = {
  node: { type: 'string', about: 'only on this one: 22, 24 or 26' },
  only: { type: 'string', about: 'only this: game, test, or the name of a proof' },
  test262: { type: 'string', about: 'folder of a checkout of test262, whose proof is left out without it' },
} satisfies Options;

/** Milliseconds for one of them: the longest takes a few minutes. */
const patience = 30 * 60_000;

/** One thing that is run on each Node. */
interface Part {
  readonly name: string;
  /** File below the root, and its arguments. */
  readonly args: readonly string[];
  /** Failures that `docs/reference/node-versions.md` names. @default 0 */
  readonly known?: number;
}

/** test262's `usage-from-eval.js`, on every Node. */
const KNOWN_OF_TEST262 = 1;

export async function run({ node, only, test262 }: Values<typeof options>): Promise<Tally> {
  const parts = (await everything(test262)).filter(({ name }) => only === undefined || name === only);
  if (only !== 'game' && parts.length === 0)
    throw new UsageError(`--only takes ${await choices(test262)}, not '${only}'.`);
  const checks = new Checks();
  for (const version of chosen(node)) {
    const executable = await bringNode(version);
    if (only === undefined || only === 'game') await play(version, executable, checks);
    for (const part of parts) await repeat(part, version, executable, checks);
  }
  return checks;
}

function chosen(node: string | undefined): readonly string[] {
  if (node === undefined) return versions;
  const version = versionOf(node);
  if (version === undefined) throw new UsageError(`--node takes one of ${versions.join(', ')}, not '${node}'.`);
  return [version];
}

/** `npm test` holds some of the proofs, which are not run twice. */
async function everything(test262: string | undefined): Promise<Part[]> {
  const parts: Part[] = [{ name: 'test', args: ['tools/test/run.ts'] }];
  for (const name of await names(import.meta.dirname)) {
    if (name === 'nodes' || (name === 'test262' && test262 === undefined)) continue;
    if ((await load<Proof>(import.meta.dirname, name)).partOfTest === true) continue;
    const args = ['tools/prove/run.ts', name];
    if (name !== 'test262' || test262 === undefined) parts.push({ name, args });
    else parts.push({ name, args: [...args, '--test262', test262], known: KNOWN_OF_TEST262 });
  }
  return parts;
}

async function choices(test262: string | undefined): Promise<string> {
  return ['game', ...(await everything(test262)).map(({ name }) => name)].join(', ');
}

async function repeat(part: Part, version: string, node: string, checks: Checks): Promise<void> {
  const { name, args, known = 0 } = part;
  const program = new Program(node, [...sourceFlags, ...args], { cwd: root, env: firstOnPath(node) });
  const { code } = await program.ended(patience);
  const tally = judge(program.output, code);
  const said = `${closingLine(tally)}${known === 0 ? '' : `, of which ${known} is known`}`;
  if (!checks.that(`Node ${version}: ${name}`, tally.failed <= known && tally.passed > 0, said))
    console.log(program.output);
}

/** What they start by name, npm among it, runs on that Node too. */
function firstOnPath(node: string): Readonly<Record<string, string>> {
  return { PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
}

async function play(version: string, node: string, checks: Checks): Promise<void> {
  const game = new Program(node, [...sourceFlags, join(import.meta.dirname, 'nodes/game.ts')], { cwd: root });
  const { code, signal } = await game.ended(60_000);
  const said = game.output.trim().split('\n');
  const expected = [`node v${version}`, 'loaded 1', 'committed 2', 'refused SYNTAX_ERROR, still 2', 'closed'];
  const right = code === 0 && said.join('\n') === expected.join('\n');
  checks.that(`Node ${version}: game`, right, said.slice(1).join(', '));
  if (code !== 0) console.log(`         ended with ${code ?? signal}`);
}
