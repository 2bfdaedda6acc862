import { type FileHandle, open } from 'node:fs/promises';
import type { Category } from '../../tasks/classifier';
import type { Detection } from '../../tasks/detector';
import type { LegendEntry } from '../../tasks/segmenter';
import { readRows } from '../journal/read-rows';
import { fieldsOf, isFailed, type JobRow } from '../rows';
import type { JobTask } from '../spec';

type Cell = string | number | undefined;

/** How the rows of a task become lines of a table. */
interface Table {
  columns: string[];
  /** The cells behind those that every table begins with; none for a picture that failed, or in which there is nothing. */
  lines(row: Record<string, unknown>): Cell[][];
}

const commonColumns = ['image', 'width', 'height', 'error_code', 'error_message'];

/** Categories side by side, the best first, as many as there are at most. */
function classifyTable(most: number): Table {
  const places = Array.from({ length: most }, (_, index) => index + 1);
  return {
    columns: places.flatMap((place) => [`label_${place}`, `index_${place}`, `score_${place}`]),
    lines: ({ categories = [] }) => [
      (categories as Category[]).slice(0, most).flatMap(({ label, index, score }) => [label, index, score]),
    ],
  };
}

const detectTable: Table = {
  columns: ['detection', 'label', 'index', 'score', 'box_x', 'box_y', 'box_width', 'box_height', 'picture'],
  lines: ({ detections = [], picture }) => {
    const found = (detections as Detection[]).map(({ label, index, score, box: { x, y, width, height } }, i) => [
      ...[i + 1, label, index, score],
      ...[x, y, width, height],
      picture as Cell,
    ]);
    return found.length > 0 ? found : [[...Array<Cell>(8).fill(undefined), picture as Cell]];
  },
};

const segmentTable: Table = {
  columns: ['label', 'index', 'pixels', 'mask', 'picture'],
  lines: ({ legend = [], mask, picture }) => {
    const found = (legend as LegendEntry[]).map(({ label, index, pixels }) => [
      label,
      index,
      pixels,
      mask as Cell,
      picture as Cell,
    ]);
    return found.length > 0 ? found : [[]];
  },
};

function embedTable(numbers: number): Table {
  return {
    columns: ['layer', ...Array.from({ length: numbers }, (_, index) => `embedding_${index}`)],
    lines: ({ layer, embedding = [] }) => [[layer as Cell, ...(embedding as number[])]],
  };
}

/** How many columns the rows need: of the categories the most, of vectors the first one's, as all are of one network. */
async function tableOf(rows: string, task: JobTask): Promise<Table> {
  if (task === 'detect') {
    return detectTable;
  }
  if (task === 'segment') {
    return segmentTable;
  }
  let most = 0;
  for await (const row of readRows(rows)) {
    const { categories, embedding } = row as { categories?: unknown[]; embedding?: unknown[] };
    if (embedding) {
      return embedTable(embedding.length);
    }
    most = Math.max(most, categories?.length ?? 0);
  }
  return task === 'embed' ? embedTable(0) : classifyTable(most);
}

function linesOf(row: JobRow, table: Table): Cell[][] {
  const error = isFailed(row) ? row.error : undefined;
  const { image, width, height } = row as { image: string; width?: number; height?: number };
  const common = [image, width, height, error?.code, error?.message];
  const cellCount = commonColumns.length + table.columns.length;
  return (error ? [[]] : table.lines(fieldsOf(row))).map((cells) => {
    const line = [...common, ...cells];
    return [...line, ...Array<Cell>(Math.max(0, cellCount - line.length)).fill(undefined)];
  });
}

/** Characters gathered before they are written. */
const blockLength = 2 ** 20;

/**
 * Writes rows as a CSV file (RFC 4180, UTF-8, a header): for `detect` a line for each detection and for `segment` one for each class, of a
 * picture without any one with empty cells; else a line for each picture. Cells are the rows' own values, also where a spreadsheet would take
 * a name for a formula.
 */
export async function writeCsv(rows: string, output: string, task: JobTask): Promise<void> {
  const { stringify } = require('csv-stringify/sync') as typeof import('csv-stringify/sync');
  const table = await tableOf(rows, task);
  const file: FileHandle = await open(output, 'w');
  try {
    let block = stringify([[...commonColumns, ...table.columns]]);
    for await (const row of readRows(rows)) {
      block += stringify(linesOf(row, table));
      if (block.length >= blockLength) {
        await file.writeFile(block);
        block = '';
      }
    }
    await file.writeFile(block);
    await file.sync();
  } finally {
    await file.close();
  }
}
