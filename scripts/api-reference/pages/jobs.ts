/**
 * Any number of pictures, in bounded memory and through crashes: {@link runJob}.
 *
 * @module jobs
 */
export {
  type FailedRow,
  type FinishedRow,
  type Job,
  type JobCallOptions,
  type JobFiles,
  type JobInputs,
  type JobOptions,
  type JobProgress,
  type JobRow,
  type JobSpec,
  type JobTask,
  type NamedImage,
  type OutputFormat,
  runJob,
  type Shard,
  type StageTimes,
} from '../../../lib';
