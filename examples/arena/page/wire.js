// The wire as the page reads it: the same numbers as src/protocol.ts, which a test compares with these.

export const PROTOCOL = 1;
export const STRIDES = { players: 8, npcs: 7, shots: 5, items: 4, moments: 4 };
export const FLAGS = { alive: 1, shield: 2, boost: 4, safe: 8, bot: 16 };
export const MOODS = ['calm', 'greedy', 'angry'];
export const MOMENTS = ['hit', 'death', 'pickup', 'spawn', 'shoot', 'fall'];

const TURN = (2 * Math.PI) / 256;

/** @param {number[]} list @param {number} stride @param {(at: number) => object} read */
function table(list, stride, read) {
  const entries = new Map();
  for (let at = 0; at < list.length; at += stride) entries.set(list[at], read(at));
  return entries;
}

/** A snapshot as maps by id, in arena units and radians. */
export function readSnapshot({ tick, players, npcs, shots, items, moments }) {
  return {
    tick,
    players: table(players, STRIDES.players, (at) => ({
      id: players[at],
      x: players[at + 1] / 10,
      y: players[at + 2] / 10,
      aim: players[at + 3] * TURN,
      hp: players[at + 4],
      score: players[at + 5],
      flags: players[at + 6],
      size: players[at + 7] / 10,
    })),
    npcs: table(npcs, STRIDES.npcs, (at) => ({
      id: npcs[at],
      x: npcs[at + 1] / 10,
      y: npcs[at + 2] / 10,
      aim: npcs[at + 3] * TURN,
      hp: npcs[at + 4],
      mood: MOODS[npcs[at + 5]] ?? 'calm',
      size: npcs[at + 6] / 10,
    })),
    shots: table(shots, STRIDES.shots, (at) => ({
      id: shots[at],
      x: shots[at + 1] / 10,
      y: shots[at + 2] / 10,
      by: shots[at + 3],
      size: shots[at + 4] / 10,
    })),
    items: table(items, STRIDES.items, (at) => ({
      id: items[at],
      x: items[at + 1] / 10,
      y: items[at + 2] / 10,
      look: items[at + 3],
    })),
    moments: Array.from({ length: moments.length / STRIDES.moments }, (_, n) => {
      const at = n * STRIDES.moments;
      return { moment: MOMENTS[moments[at]], x: moments[at + 1] / 10, y: moments[at + 2] / 10, id: moments[at + 3] };
    }),
  };
}

/** An input as the server reads it. */
export function writeInput({ x, y, aim, fire }) {
  return JSON.stringify(['i', Math.round(x * 100), Math.round(y * 100), Math.round(aim / TURN) & 255, fire ? 1 : 0]);
}
