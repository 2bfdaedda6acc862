import type { MobileNetError } from '../errors';
import type { ImageInput } from '../images/image';

/** One picture of a job. */
export interface Reference {
  /** What rows call it: the path or address as it was given or found, `archive.tar/member` inside an archive. */
  name: string;
  /** What is read: the path or address itself, or the bytes of an archive's member. */
  image: ImageInput;
  /** The folder it was found in, as the user named it: while that is gone, pictures in it are not missing but out of reach. */
  root?: string;
  /** Why it cannot even be read, as a member of an archive that is too large. */
  failure?: MobileNetError;
}
