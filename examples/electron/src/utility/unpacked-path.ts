/**
 * Where a file of the app's archive lies if it was left out of it (`asarUnpack`): a path that needs nothing of Electron's file system in the
 * archive. Other paths stay as they are.
 */
export function unpackedPath(path: string): string {
  return path.replace(/([\\/]app\.asar)(?=[\\/])/, '$1.unpacked');
}
