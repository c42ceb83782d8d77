/** New items, a few at a time, as long as there is room. Try `most = 300`. */
import { items } from '@arena/api';
import { somewhere } from '../lib/random.ts';
import { lay } from './catalog.ts';

const most = 70;
const atOnce = 3;

setInterval(() => {
  for (let n = 0; n < atOnce && items.size < most; n++) lay(somewhere());
}, 300);
