/** One thing of a list of inputs. */
export type ListedInput =
  | {
      kind: 'image';
      /** Its path or address. */
      name: string;
      /** The folder the user named that it was found in. */
      root?: string;
    }
  | {
      kind: 'archive';
      /** Of a tar file, whose pictures are known only when it is read. */
      path: string;
      /** In bytes. */
      size: number;
      /** Time of its last change, in milliseconds since 1970. */
      modified: number;
    };
