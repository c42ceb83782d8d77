/**
 * Import attributes (ECMA-262 16.2.1.7): the one that is supported is `type`, with the values `json` and `text`.
 *
 * A file that is imported as text is another module than the script of that file. The key of its record says so, in a
 * form that no id has: `npc/names.txt//text`.
 */

export type Attributes = Readonly<Record<string, string>>;

const TEXT = '//text';

/** The key of the record for a module of the stores' view that is imported with these attributes. */
export function keyOf(id: string, attributes: Attributes | undefined): string {
  return attributes?.['type'] === 'text' ? id + TEXT : id;
}

/** The key under which a file would stand as text. */
export function textKey(id: string): string {
  return id + TEXT;
}

/** The id of the file behind a key. */
export function idOf(key: string): string {
  return isText(key) ? key.slice(0, -TEXT.length) : key;
}

/** Whether a key is that of a file as text. */
export function isText(key: string): boolean {
  return key.endsWith(TEXT);
}

export interface AttributesFault {
  readonly code: 'IMPORT_ATTRIBUTES';
  readonly message: string;
  readonly hint: string;
}

/**
 * What is wrong with the attributes of an import.
 * @param id the script that is imported; undefined where it is none
 */
export function attributesFault(attributes: Attributes, id: string | undefined): AttributesFault | undefined {
  const fault = (message: string, hint: string) => ({ code: 'IMPORT_ATTRIBUTES', message, hint }) as const;
  const unknown = Object.keys(attributes).find((key) => key !== 'type');
  if (unknown !== undefined) return fault(`The import attribute '${unknown}' is not supported`, "Supported is 'type'.");
  const { type } = attributes;
  if (type === undefined || type === 'text') return undefined;
  if (type !== 'json') {
    return fault(`Imports of the type '${type}' are not supported`, "Supported are the types 'json' and 'text'.");
  }
  if (id === undefined || id.endsWith('.json')) return undefined;
  return fault(`'${id}' is imported as JSON, which it is not`, "The names of JSON modules end in '.json'.");
}
