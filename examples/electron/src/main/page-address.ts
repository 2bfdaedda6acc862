/** The page has an origin of its own, secure enough for the camera: `app://mobilenet`. */
export const scheme = 'app';
export const host = 'mobilenet';
export const pageAddress = `${scheme}://${host}/index.html`;

/** Whether an address is of our own origin. Node gives such URLs the origin 'null', hence by parts. */
export function isOurs(address: string | undefined): boolean {
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === `${scheme}:` && url.host === host && url.username === '' && url.password === '';
}
