// What scripts see of the game.
declare module '@arena/api' {
  export function say(text: string): void;
  export function onTick(step: (dt: number) => void): void;
}
