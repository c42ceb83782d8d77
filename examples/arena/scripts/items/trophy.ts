/**
 * The trophy: it lies in the middle as long as this version of the file does, and an edit lays another one.
 *
 * What an effect sets up, its cleanup takes back: also when the release after it is refused, and this one stays.
 */
import { arena, defineItem, remove, spawnItem } from '@arena/api';
import { effect } from 'rekindle/script';

defineItem('trophy', { shape: 'crown', hue: 300, size: 20 });

effect(() => {
  const trophy = spawnItem('trophy', { x: arena.width / 2, y: arena.height / 2 });
  return () => remove(trophy);
});
