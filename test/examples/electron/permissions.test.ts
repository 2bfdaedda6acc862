import type { Session } from 'electron';
import { pageAddress } from '../../../examples/electron/src/main/page-address';
import { limitPermissions, limitRequests } from '../../../examples/electron/src/main/permissions';

type Details = { mediaTypes?: string[]; isMainFrame: boolean; requestingUrl: string };
type RequestHandler = (contents: null, permission: string, callback: (granted: boolean) => void, details: Details) => void;
type CheckHandler = (contents: null, permission: string, origin: string, details: object) => boolean;

/** The handlers that `limitPermissions` sets. */
function handlers(platform: NodeJS.Platform, askForMediaAccess: () => Promise<boolean> = async () => true) {
  const set: { request?: RequestHandler; check?: CheckHandler; device?: () => boolean } = {};
  const session = {
    setPermissionRequestHandler: (handler: RequestHandler) => {
      set.request = handler;
    },
    setPermissionCheckHandler: (handler: CheckHandler) => {
      set.check = handler;
    },
    setDevicePermissionHandler: (handler: () => boolean) => {
      set.device = handler;
    },
  };
  const asked = jest.fn(askForMediaAccess);
  limitPermissions(session as unknown as Session, platform, { askForMediaAccess: asked });
  const request = (permission: string, details: Partial<Details>) =>
    new Promise<boolean>((resolve) =>
      set.request?.(null, permission, resolve, { isMainFrame: true, requestingUrl: pageAddress, ...details }),
    );
  return { request, check: set.check as CheckHandler, device: set.device as () => boolean, asked };
}

const camera = { mediaTypes: ['video'] };

test('our page may use the camera', async () => {
  const { request, check } = handlers('linux');
  expect(await request('media', camera)).toBe(true);
  expect(check(null, 'media', 'app://mobilenet/', { mediaType: 'video', isMainFrame: true })).toBe(true);
});

test.each<[string, string, Partial<Details>]>([
  ['the microphone', 'media', { mediaTypes: ['audio'] }],
  ['camera and microphone', 'media', { mediaTypes: ['video', 'audio'] }],
  ['no camera', 'media', { mediaTypes: [] }],
  ['the screen', 'display-capture', camera],
  ['places', 'geolocation', {}],
  ['notifications', 'notifications', {}],
  ['the clipboard', 'clipboard-read', {}],
  ['other programs', 'openExternal', {}],
  ['another page', 'media', { ...camera, requestingUrl: 'https://mobilenet/index.html' }],
  ['another host', 'media', { ...camera, requestingUrl: 'app://mobilenet.example.com/index.html' }],
  ['a frame', 'media', { ...camera, isMainFrame: false }],
])('not %s', async (_, permission, details) => {
  expect(await handlers('linux').request(permission, details)).toBe(false);
});

test.each<[string, string, object]>([
  ['media', 'app://mobilenet/', { mediaType: 'audio', isMainFrame: true }],
  ['media', 'app://mobilenet/', { mediaType: 'unknown', isMainFrame: true }],
  ['media', 'https://example.com/', { mediaType: 'video', isMainFrame: true }],
  ['media', 'app://mobilenet/', { mediaType: 'video', isMainFrame: false }],
  ['media', '', { mediaType: 'video', isMainFrame: true }],
  ['geolocation', 'app://mobilenet/', { isMainFrame: true }],
])('check: not %s of %s with %j', (permission, origin, details) => {
  expect(handlers('linux').check(null, permission, origin, details)).toBe(false);
});

test('no devices', () => {
  expect(handlers('linux').device()).toBe(false);
});

describe('on macOS', () => {
  test.each([true, false])('the system is asked, and has the last word: %s', async (granted) => {
    const { request, asked } = handlers('darwin', async () => granted);
    expect(await request('media', camera)).toBe(granted);
    expect(asked).toHaveBeenCalledWith('camera');
  });

  test('a system that fails denies', async () => {
    const { request } = handlers('darwin', () => Promise.reject(new Error('no camera access')));
    expect(await request('media', camera)).toBe(false);
  });

  test('what is denied anyway is not asked for', async () => {
    const { request, asked } = handlers('darwin');
    await request('media', { mediaTypes: ['audio'] });
    expect(asked).not.toHaveBeenCalled();
  });
});

test('elsewhere the system is not asked', async () => {
  const { request, asked } = handlers('linux');
  await request('media', camera);
  expect(asked).not.toHaveBeenCalled();
});

test.each<[string, boolean]>([
  ['app://mobilenet/assets/index.js', false],
  ['blob:app://mobilenet/8a0c', false],
  ['data:image/png;base64,AA', false],
  ['devtools://devtools/bundled/index.html', false],
  ['https://example.com/', true],
  ['http://127.0.0.1:8080/', true],
  ['ws://127.0.0.1/', true],
  ['file:///etc/passwd', true],
  ['app://other/index.html', true],
])('request for %s: cancelled %s', async (url, cancel) => {
  type Handler = (details: { url: string }, callback: (response: { cancel: boolean }) => void) => void;
  let handler: Handler | undefined;
  const onBeforeRequest = (given: Handler) => {
    handler = given;
  };
  limitRequests({ webRequest: { onBeforeRequest } } as unknown as Session);
  expect(await new Promise((resolve) => handler?.({ url }, resolve))).toEqual({ cancel });
});
