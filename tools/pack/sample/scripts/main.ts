import { onTick, say } from '@arena/api';
import { state } from 'rekindle/script';
import { greeting } from './rules/greeting.ts';

const count = state('count', () => ({ ticks: 0 }));

onTick(() => {
  count.ticks += 1;
  if (count.ticks % 10 === 0) say(`${greeting} ${count.ticks}`);
});
