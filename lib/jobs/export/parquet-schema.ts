import type { ColumnSource, SchemaElement } from 'hyparquet-writer' with { 'resolution-mode': 'import' };
import type { JobTask } from '../spec';

/** A column of the table with the elements of its schema, in the order Parquet lists them: parents before their children. */
export interface ParquetColumn {
  name: string;
  schema: SchemaElement[];
  /** Of a row's field, what the library writes. */
  value(row: Record<string, unknown>): unknown;
}

type Leaf = Pick<SchemaElement, 'type' | 'converted_type'>;

const text: Leaf = { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
const integer: Leaf = { type: 'INT32' };
const single: Leaf = { type: 'FLOAT' };
const double: Leaf = { type: 'DOUBLE' };

const optional = (name: string, leaf: Leaf): SchemaElement => ({ name, ...leaf, repetition_type: 'OPTIONAL' });
const required = (name: string, leaf: Leaf): SchemaElement => ({ name, ...leaf, repetition_type: 'REQUIRED' });

/** The three levels of a list (parquet-format's LogicalTypes.md) around what its elements are. */
function list(name: string, element: SchemaElement[]): SchemaElement[] {
  return [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}

function struct(name: string, fields: SchemaElement[][]): SchemaElement[] {
  return [{ name, repetition_type: 'REQUIRED', num_children: fields.length }, ...fields.flat()];
}

const leaf = (name: string, kind: Leaf): ParquetColumn => ({
  name,
  schema: [optional(name, kind)],
  value: (row) => row[name],
});

const listColumn = (name: string, element: SchemaElement[]): ParquetColumn => ({
  name,
  schema: list(name, element),
  value: (row) => row[name],
});

const named = [[required('index', integer)], [optional('label', text)]];
const box = struct('box', [
  [required('x', double)],
  [required('y', double)],
  [required('width', double)],
  [required('height', double)],
]);

const columnsOfTask: Record<JobTask, ParquetColumn[]> = {
  classify: [listColumn('categories', struct('element', [...named, [required('score', single)]]))],
  detect: [listColumn('detections', struct('element', [...named, [required('score', single)], box])), leaf('picture', text)],
  segment: [
    listColumn(
      'legend',
      struct('element', [...named, list('color', [required('element', integer)]), [required('pixels', integer)]]),
    ),
    leaf('mask', text),
    leaf('picture', text),
  ],
  embed: [
    leaf('layer', text),
    // Rows, columns, channels, as the embedding's numbers follow one another.
    {
      name: 'shape',
      schema: list('shape', [required('element', integer)]),
      value: ({ shape }) => {
        const { height, width, channels } = (shape ?? {}) as Record<string, number>;
        return shape === undefined ? undefined : [height, width, channels];
      },
    },
    listColumn('embedding', [required('element', single)]),
  ],
};

/** The columns of a task's rows: lists and structures as the rows have them. */
export function parquetColumns(task: JobTask): ParquetColumn[] {
  const error = (field: 'code' | 'message'): ParquetColumn => ({
    name: `error_${field}`,
    schema: [optional(`error_${field}`, text)],
    value: (row) => (row.error as Record<string, string> | undefined)?.[field],
  });
  return [
    { name: 'image', schema: [required('image', text)], value: ({ image }) => image },
    leaf('width', integer),
    leaf('height', integer),
    error('code'),
    error('message'),
    ...columnsOfTask[task],
  ];
}

export function parquetSchema(columns: readonly ParquetColumn[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)];
}

/** The columns of some rows, as the library takes them. */
export function columnData(columns: readonly ParquetColumn[], rows: readonly Record<string, unknown>[]): ColumnSource[] {
  return columns.map(({ name, value }) => ({ name, data: rows.map(value) }));
}
