/** Largest frame taken, in bytes: a JPEG of a camera's picture has a tenth of it. */
export const maxFrameBytes = 4 * 2 ** 20;

/** Frames of one camera in work at a time: one is decoded while the network looks at another. */
export const framesAtOnce = 2;

/** Bytes of answers that a client has not taken yet; while there are more, its frames are dropped. */
export const maxUnreadBytes = 2 ** 20;

/** How often a client is asked whether it is still there; one that does not say so until the next time is not. In milliseconds. */
export const pingInterval = 15_000;
