import { type FileHandle, open } from 'node:fs/promises';
import { version } from '../../version';
import { readRows } from '../journal/read-rows';
import { fieldsOf } from '../rows';
import type { JobTask } from '../spec';
import { columnData, parquetColumns, parquetSchema } from './parquet-schema';

/** A row group ends at whichever comes first: memory is bounded also where rows are long vectors. */
const rowsPerGroup = 20_000;
const numbersPerGroup = 2 ** 21;

/**
 * Writes rows as a Parquet file, compressed with Snappy, one row for each picture: `categories`, `detections` and `legend` are lists of
 * structures, `embedding` a list of numbers.
 */
export async function writeParquet(rows: string, output: string, task: JobTask): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const file: FileHandle = await open(output, 'w');
  try {
    const writer = new ByteWriter();
    const flush = async () => {
      await file.writeFile(new Uint8Array(writer.buffer, 0, writer.index));
      writer.index = 0;
    };
    const columns = parquetColumns(task);
    const schema = parquetSchema(columns);
    const parquet = new ParquetWriter({
      writer: Object.assign(writer, { flush }),
      schema,
      createdBy: `mobilenet-metal ${version}`,
    });
    let group: Record<string, unknown>[] = [];
    let numbers = 0;
    const writeGroup = async () => {
      if (group.length > 0) {
        await parquet.write({ columnData: columnData(columns, group), rowGroupSize: group.length });
        group = [];
        numbers = 0;
      }
    };
    for await (const row of readRows(rows)) {
      group.push(fieldsOf(row));
      numbers += (row as { embedding?: unknown[] }).embedding?.length ?? 0;
      if (group.length === rowsPerGroup || numbers >= numbersPerGroup) {
        await writeGroup();
      }
    }
    await writeGroup();
    await parquet.finish();
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}
