import type { MediaAccessPermissionRequest, Session, SystemPreferences } from 'electron';
import { isOurs } from './page-address';

/** The part of the system's settings that the camera depends on. */
export type CameraAccess = Pick<SystemPreferences, 'askForMediaAccess'>;

/** Our own page may use the camera; nothing else may be used, by nobody. */
export function limitPermissions(session: Session, platform: NodeJS.Platform, system: CameraAccess): void {
  session.setPermissionRequestHandler((_, permission, callback, details) => {
    const { isMainFrame, requestingUrl, mediaTypes } = details as MediaAccessPermissionRequest;
    const onlyVideo = mediaTypes?.length === 1 && mediaTypes[0] === 'video';
    if (permission !== 'media' || !onlyVideo || !isMainFrame || !isOurs(requestingUrl)) {
      callback(false);
      return;
    }
    // Asks the user once; after that the system's settings answer.
    const asked = platform === 'darwin' ? system.askForMediaAccess('camera') : Promise.resolve(true);
    asked.then(callback, () => callback(false));
  });
  session.setPermissionCheckHandler((_, permission, origin, { mediaType, isMainFrame }) => {
    return permission === 'media' && mediaType === 'video' && isMainFrame && isOurs(origin);
  });
  session.setDevicePermissionHandler(() => false);
}

/** Requests for anything but the page's own files, what it makes itself, and the developer tools are cancelled: there is no remote content. */
export function limitRequests(session: Session): void {
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    callback({ cancel: !isOurs(url) && !/^(blob|data|devtools):/.test(url) });
  });
}
