/**
 * A value as it arrives in the other JavaScript world, by the table in the documentation of Electron's contextBridge: plain data is copied,
 * functions and promises are proxied, errors keep nothing but their message, prototypes are lost.
 */
export function cross(value: unknown): unknown {
  if (typeof value === 'function') {
    return (...args: unknown[]) => crossResult(() => value(...args.map(cross)));
  }
  if (typeof value === 'symbol') {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (isPromise(value)) {
    return value.then(cross, (error) => Promise.reject(new Error(messageOf(error))));
  }
  if (ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]') {
    return structuredClone(value);
  }
  if (Array.isArray(value)) {
    return value.map(cross);
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, cross(field)]));
}

function crossResult(work: () => unknown): unknown {
  try {
    return cross(work());
  } catch (error) {
    throw new Error(messageOf(error));
  }
}

function isPromise(value: object): value is Promise<unknown> {
  return Object.prototype.toString.call(value) === '[object Promise]';
}

function messageOf(error: unknown): string {
  return (error as Partial<Error> | undefined)?.message ?? String(error);
}
