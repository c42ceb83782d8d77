// Texts of a change that do not compile, that import what is not there, and that import a name that nobody exports.
import { ofRefusal } from './expectation.ts';
import type { Graph } from './graphs.ts';
import { differences } from './picture.ts';
import { onStage, type Stage, type Trial } from './stage.ts';

const WRONG = [
  { code: 'SYNTAX_ERROR', line: 'export const = 1;' },
  { code: 'UNRESOLVED_IMPORT', line: "import './absent.ts';" },
  { code: 'MISSING_EXPORT', line: "export { absent as wanted } from '@proof/api';" },
] as const;

export function wrongTexts({ change, ...graph }: Graph): Trial[] {
  const texts = Object.entries(change).filter(([id, text]) => text !== null && id.endsWith('.ts')) as [
    string,
    string,
  ][];
  return texts.flatMap(([id, text]) =>
    WRONG.map(({ code, line }) => ({
      name: `${code} in '${id}'`,
      run: () => onStage({ ...graph, change }, false, (stage) => refuses(stage, code, id, `${text}\n${line}`)),
    })),
  );
}

async function refuses(stage: Stage, code: string, id: string, text: string): Promise<string[]> {
  const goOn = await stage.flows();
  const before = await stage.picture();
  await stage.publish({ [id]: text });
  const wrong = ofRefusal(await stage.change(), code, id);
  wrong.push(...differences(before, await stage.picture()), ...(await goOn()));
  await stage.publish();
  const { outcome } = await stage.change();
  return outcome.status === 'committed' ? wrong : [...wrong, `afterwards the change is ${JSON.stringify(outcome)}`];
}
