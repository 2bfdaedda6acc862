/**
 * Any number of pictures, in bounded memory and through crashes: {@link runJob}.
 *
 * @module jobs
 */
export {
  type ClassifyRow,
  type DetectRow,
  type EmbedRow,
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
  type PictureRow,
  runJob,
  type SegmentRow,
  type Shard,
  type StageTimes,
  type TaskRows,
} from '../../../lib';
