import { extname } from 'node:path';
import { MobileNetError } from '../../errors';
import { checkOneOf, describe } from '../../options';

export const outputFormats = ['jsonl', 'csv', 'parquet'] as const;
/**
 * What rows are written as.
 *
 * @useDeclaredType
 */
export type OutputFormat = (typeof outputFormats)[number];

const formatsByEnding: Record<string, OutputFormat> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.parquet': 'parquet',
};

/** The format of an output: what is asked for, else what its ending says. Throws ERR_INVALID_OPTION. */
export function formatOf(out: string, asked?: string): OutputFormat {
  if (asked !== undefined) {
    return checkOneOf('format', asked, outputFormats);
  }
  const format = formatsByEnding[extname(out).toLowerCase()];
  if (!format) {
    const endings = Object.keys(formatsByEnding).join(', ');
    const message = `expected a file name that ends in ${endings} for out but received ${describe(out)}: or name the format`;
    throw new MobileNetError('ERR_INVALID_OPTION', message);
  }
  return format;
}
