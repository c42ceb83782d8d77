/** The voice of the arena: tells what everybody should know. Try other words; the next line is spoken in them. */
import { bus, type Kill, type Match, say } from '@arena/api';
import { listen, task } from 'rekindle/script';
import { bestStreak, isPlayer, standings, streakOf } from '../rules/scoring.ts';

const praise: Readonly<Record<number, string>> = {
  4: 'is on fire',
  7: 'cannot be stopped',
  10: 'is a legend',
};

function onPhase({ phase, round, winner }: Match): void {
  if (phase === 'warm-up') say(`Round ${round}: warm up`);
  if (phase === 'playing') say(`Round ${round} begins`, 'good');
  if (phase === 'overtime') say('Too close to call: overtime, double points', 'bad');
  if (phase !== 'ended') return;
  say(winner ? `${winner} wins round ${round}` : `Round ${round} is over`, 'good');
  if (bestStreak() > 1) say(`Longest streak: ${bestStreak()}`);
}

listen(bus, 'phase', onPhase);

listen(bus, 'kill', ({ victim, by }: Kill) => {
  if (!isPlayer(by)) {
    if (by && isPlayer(victim)) say(`A ${by.kind} got ${victim.name}`, 'bad');
    return;
  }
  const words = praise[streakOf(by)];
  if (words) say(`${by.name} ${words}`, 'good');
});

// A loop of this version: it ends with it, and the next one's first wait goes on where this one's stood.
task('leader', async ({ sleep }) => {
  for (;;) {
    await sleep(25_000);
    const [first, second] = standings();
    if (first && second && first.score > 0) say(`${first.name} leads by ${first.score - second.score}`);
  }
});
