const mebibyte = 2 ** 20;

/** Of one picture's file. */
export const maxPhotoBytes = 64 * mebibyte;
/** Of one picture; what the package takes by default. */
export const maxPixels = 2 ** 27;
/** Opened at once. */
export const maxPhotos = 100;
/** Of the files of all pictures that are opened at once. */
export const maxOpenedBytes = 256 * mebibyte;
/** Of a model file that the user opens. */
export const maxModelBytes = 512 * mebibyte;
/** Tasks that are kept ready: one of each kind. */
export const maxOpenTasks = 3;
/** Frames of one camera in work: the device has one while another is made ready for it; on a GPU one more is read out. */
export const framesInFlight = { cpu: 2, metal: 3 } as const;
