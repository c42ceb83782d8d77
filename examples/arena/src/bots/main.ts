/**
 * The bots' process: `main.ts <url> <count>`.
 *
 * Started by the arena it speaks over IPC and ends when that channel does, also when the arena was killed: it never
 * outlives its server. Started by hand it prints the same messages, one JSON object a line, until Ctrl-C.
 */

import type { FromBots, ToBots } from './messages.ts';
import { Swarm } from './swarm.ts';

const [url = 'http://127.0.0.1:7777', count = '100'] = process.argv.slice(2);
const began = performance.now();
const swarm = new Swarm({ url, count: Number(count), onProblem: (problem) => tell({ type: 'problem', problem }) });

function tell(message: FromBots): void {
  if (!process.send) console.log(JSON.stringify(message));
  else if (process.connected) process.send(message);
}

async function stop(): Promise<void> {
  await swarm.close();
  process.exit();
}

if (process.send) {
  process.on('message', (message: ToBots) => {
    if (message.type === 'stop') void stop();
    else tell({ type: 'report', report: swarm.report() });
  });
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group; the arena says when to stop.
  process.on('SIGINT', () => {});
} else {
  process.on('SIGINT', () => {
    tell({ type: 'report', report: swarm.report() });
    void stop();
  });
}

try {
  await swarm.playing();
  tell({ type: 'playing', bots: Number(count), duration: performance.now() - began });
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
