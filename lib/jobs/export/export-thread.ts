/* Runs in a thread of its own, see export-rows.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { MobileNetError } from '../../errors';
import { writeError } from '../../write-error';
import { writeCsv } from './csv';
import type { ExportAnswer, ExportRequest } from './export-rows';
import { writeParquet } from './parquet';

const { rows, output, format, task } = workerData as ExportRequest;

async function write(): Promise<ExportAnswer> {
  try {
    await (format === 'csv' ? writeCsv : writeParquet)(rows, output, task);
    return undefined;
  } catch (error) {
    const { code, message } = explained(error);
    return { code, message };
  }
}

function explained(error: unknown): MobileNetError {
  if (error instanceof MobileNetError) {
    return error;
  }
  const isOfSystem = typeof (error as NodeJS.ErrnoException).errno === 'number';
  return isOfSystem
    ? writeError(output, error)
    : new MobileNetError('ERR_INTERNAL', `cannot write '${output}': ${String(error)}`);
}

void write().then((answer) => parentPort?.postMessage(answer));
