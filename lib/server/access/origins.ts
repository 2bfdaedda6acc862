/**
 * Whether a web page of that origin may use the server: one that the server itself sent, or one that was allowed. Requests without an origin
 * come from no page, or from one that only looks.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes(origin)) {
    return true;
  }
  // Behind a proxy that speaks TLS the page's scheme is another than ours.
  return origin === `http://${host}` || origin === `https://${host}`;
}
