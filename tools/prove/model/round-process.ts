// A process that plays rounds: a seed comes, a report goes.
import { playRound } from './round.ts';

process.on('message', (seed: number) => {
  void playRound(seed).then((report) => process.send?.(report));
});
