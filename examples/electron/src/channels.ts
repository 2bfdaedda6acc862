/** Names of what passes between the main process and the preload script. */
export const channels = {
  /** The page asks for a port to the process that runs the networks. */
  connect: 'mobilenet:connect',
  /** Here it is. */
  port: 'mobilenet:port',
  /** That process has ended; a {@link Gone}. */
  gone: 'mobilenet:gone',
  /** The page is ready to be given photos. */
  photosWanted: 'mobilenet:photos-wanted',
  /** Photos the user has opened; an array of `BridgeFile`. */
  photos: 'mobilenet:photos',
  /** A model file has been taken in; its name. */
  modelOpened: 'mobilenet:model-opened',
} as const;

export interface Gone {
  message: string;
  /** Whether it is not started again before the page is loaded anew. */
  forGood: boolean;
}
