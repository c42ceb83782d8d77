// A process that plays rounds: a seed comes, a report goes.
import { EsmWorkers } from './esm-workers.ts';
import { playRound } from './round.ts';

const workers = new EsmWorkers();

process.on('message', (seed: number) => {
  void playRound(workers, seed).then((report) => process.send?.(report));
});
