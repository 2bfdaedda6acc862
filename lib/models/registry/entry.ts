import type { ClassificationHead, Preprocessing, Task } from '../description';

/** One file of a package or an archive. */
export interface SourceFile {
  /** Where it lies inside, with forward slashes. */
  path: string;
  /** What to call it beside the others, as they name each other. Default: the last part of `path`. */
  name?: string;
  /**
   * How to get it out of a JavaScript file that exports it, which is read and never run: `script-object` an object literal, written as JSON;
   * `script-base64` a string of bytes in base64.
   */
  unwrap?: 'script-object' | 'script-base64';
}

/** A model file that comes with this package. */
export interface BundledSource {
  /** Tells the kinds of sources apart. */
  type: 'bundled';
  /** File beside the registry. */
  file: string;
  /** Of the file, in lower-case hexadecimal. */
  sha256: string;
  /** Size of the file. */
  bytes: number;
}

/** TensorFlow's files in a package of the npm registry. */
export interface NpmSource {
  /** Tells the kinds of sources apart. */
  type: 'npm';
  /** Name of the package. */
  package: string;
  /** One version, not a range. */
  version: string;
  /** Subresource integrity of the package's tarball, `sha512-…`. */
  integrity: string;
  /** What to take from it; the first is what the converter is given. */
  files: SourceFile[];
  /** Before {@link RegistryEntry.conversion}. */
  conversion?: RegistryConversion;
}

/** TensorFlow's file, or an archive of files, on a server. */
export interface HttpsSource {
  /** Tells the kinds of sources apart. */
  type: 'https';
  /** The address. */
  url: string;
  /** Of what the address gives, in lower-case hexadecimal. With neither hash the model is pulled only unverified. */
  sha256?: string;
  /** The same as `sha256`, by the longer hash, where only that was published. */
  sha384?: string;
  /** Size of what the address gives. */
  bytes?: number;
  /** What to take from a tar archive, gzipped or not; the first is what the converter is given. Absent: the address gives that itself. */
  files?: SourceFile[];
  /** Before {@link RegistryEntry.conversion}. */
  conversion?: RegistryConversion;
}

/** Where a published model can be had. */
export type RegistrySource = BundledSource | NpmSource | HttpsSource;

/** A source that has to be downloaded and converted. */
export type RemoteSource = Exclude<RegistrySource, BundledSource>;

/** What the published files do not say themselves: the converter's options of the same names. */
export interface RegistryConversion {
  /** One of the lists of lib/convert/labels. */
  labels?: string;
  /** What the network's input takes for the pixel values 0 and 255. */
  inputRange?: [number, number];
  /** Network input in pixels, where the graph takes pictures of any size. */
  inputSize?: { width: number; height: number };
  /** How a picture is brought to the input size. */
  resize?: Pick<Preprocessing, 'resize' | 'centralFraction' | 'padValue' | 'alignCorners' | 'halfPixelCenters'>;
  /** What turns a classifier's outputs into scores. */
  activation?: ClassificationHead['activation'];
  /** How weights are stored. */
  weights?: 'keep' | 'float32' | 'float16' | 'mixed';
}

/** What `models/registry.json` says of one published model. */
export interface RegistryEntry {
  /** What `load` and `pullModel` call it. */
  name: string;
  /** What it does. */
  task: Task;
  /** One line for people. */
  description: string;
  /** SPDX expression. */
  license: string;
  /** Weights and biases; absent where the network's structure is known only to its file. */
  parameters?: number;
  /** Multiply-accumulates for one picture. */
  macs?: number;
  /** Height and width of the input in pixels. */
  input: [height: number, width: number];
  /** Where the model can be had, the best place first. */
  sources: RegistrySource[];
  /** What the published files do not say themselves. */
  conversion?: RegistryConversion;
}

/** Where a model is: in this package, in the cache folder, or nowhere here, but it can be pulled. */
export type ModelLocation = 'bundled' | 'cached' | 'available';

/** A model of the registry, and whether it is here. */
export interface ListedModel extends RegistryEntry {
  /** Where it is. */
  location: ModelLocation;
  /** Where the weights came from; of one that is not here, would come from. */
  source: string;
  /** The model file. Absent where there is none. */
  path?: string;
  /** Name of a bundled model's file. */
  file?: string;
  /** Of the model file, in lower-case hexadecimal. */
  sha256?: string;
  /** Size of the model file. */
  bytes?: number;
}

/** Where a source's weights come from, in one line: what a model converted from it says of its origin. */
export function describeSource(source: RemoteSource): string {
  if (source.type === 'npm') {
    return `npm package ${source.package} ${source.version}, ${source.files[0]?.path} (${source.integrity})`;
  }
  const hash = source.sha256 ? ` (sha256 ${source.sha256})` : source.sha384 ? ` (sha384 ${source.sha384})` : '';
  return `${source.url}${source.files ? `, ${source.files[0]?.path}` : ''}${hash}`;
}

export function bundledSource(entry: RegistryEntry): BundledSource | undefined {
  return entry.sources.find((source) => source.type === 'bundled');
}

export function remoteSources(entry: RegistryEntry): RemoteSource[] {
  return entry.sources.filter((source) => source.type !== 'bundled');
}
