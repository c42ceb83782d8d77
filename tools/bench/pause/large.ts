// Modules of a given size: the leaf's functions again and again, under other names.
import { leaf } from '../lib/leaf.ts';

const NAMES = /\b(bonus|strengths|levels|Wound|through|strike|wound|elements|Fighter|Blow|Element)\b/g;

/** TypeScript of about so many bytes, never fewer than one leaf. */
export function large(version: number, bytes: number): string {
  const { source } = leaf(version);
  const copies = Math.max(1, Math.round(bytes / source.length));
  const parts = Array.from({ length: copies }, (_, copy) => source.replaceAll(NAMES, (name) => `${name}${copy}`));
  return `${parts.join('\n')}\nexport const version = ${version};\n`;
}
