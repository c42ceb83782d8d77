// What is published as generation N: the same modules with another text, and one that comes and goes.
export function textsOf(generation: number): Map<string, string | null> {
  const texts = new Map<string, string | null>();
  for (let index = 0; index < 6; index++) texts.set(`area${index % 2}/m${index}.ts`, textOf(generation));
  texts.set('sometimes.ts', generation % 2 === 0 ? textOf(generation) : null);
  return texts;
}

export function textOf(generation: number): string {
  return `export const n = ${generation};\n`;
}
