/** Names for bots: short, told apart at a glance, the same for the same number. */

const FIRST = ['Ash', 'Bram', 'Cleo', 'Dax', 'Elia', 'Finn', 'Gwen', 'Hugo', 'Iris', 'Juno'];
const SECOND = ['', ' Swift', ' Bold', ' Grim', ' Sly', ' Wild', ' Calm', ' Pale', ' Red', ' Stone'];

export function botName(index: number): string {
  const round = Math.floor(index / (FIRST.length * SECOND.length));
  const name = `${FIRST[index % FIRST.length]}${SECOND[Math.floor(index / FIRST.length) % SECOND.length]}`;
  return round === 0 ? name : `${name} ${round + 1}`;
}
