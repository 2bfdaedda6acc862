// Prints the rows of a Parquet file, and how many row groups it has, as JSON: node read-parquet.mjs FILE
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

const file = await asyncBufferFromFile(process.argv[2]);
const { row_groups } = await parquetMetadataAsync(file);
const rows = await parquetReadObjects({ file });
console.log(JSON.stringify({ groups: row_groups.length, rows }, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value)));
