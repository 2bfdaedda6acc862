import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, MobileNetError } from '../../errors';
import type { JobTask } from '../spec';
import type { OutputFormat } from './format';

/** What the thread is asked for. */
export interface ExportRequest {
  rows: string;
  output: string;
  format: Exclude<OutputFormat, 'jsonl'>;
  task: JobTask;
}

/** What it answers: nothing, or what went wrong. */
export type ExportAnswer = { code: ErrorCode; message: string } | undefined;

/**
 * Makes a table of rows, in a thread: encoding many of them at a time would hold up the event loop. When it resolves, the table is on disk.
 * Throws ERR_WRITE, ERR_JOB_CORRUPT.
 */
export async function exportRows(request: ExportRequest): Promise<void> {
  const worker = new Worker(join(__dirname, 'export-thread.js'), { workerData: request });
  const answer = await new Promise<ExportAnswer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new MobileNetError('ERR_INTERNAL', `the thread that writes '${request.output}' has ended`)));
  });
  await worker.terminate();
  if (answer) {
    throw new MobileNetError(answer.code, answer.message);
  }
}

/** What makes the output of a job's rows; undefined where they are the output. */
export function exportWith(format: OutputFormat, task: JobTask): ((rows: string, output: string) => Promise<void>) | undefined {
  return format === 'jsonl' ? undefined : (rows, output) => exportRows({ rows, output, format, task });
}
