import type { Choice } from '../engine';

/** A choice and its options as the server's query takes them. */
export function queryOf({ model, device }: Choice, options: object): URLSearchParams {
  const query = new URLSearchParams({ model, device });
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return query;
}
