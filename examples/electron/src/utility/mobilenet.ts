/** The package, handed to what needs it: tests hand in the sources it is built from. */
export type MobileNet = typeof import('mobilenet-metal');
