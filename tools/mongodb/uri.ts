/**
 * The URI of a database on a server; whoever is named in the server's URI stays known where they are known.
 *
 * @throws Error where it is no URI
 */
export function uriOf(server: string, database: string): string {
  const [, start, known = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/]+)\/?([^?]*)\??(.*)$/.exec(server) ?? [];
  if (start === undefined) throw new Error(`'${server}' is no MongoDB URI`);
  const options = new URLSearchParams(query);
  if (known !== '' && !options.has('authSource')) options.set('authSource', known);
  return `${start}/${database}${options.size === 0 ? '' : `?${options}`}`;
}
