import { listModels, type ModelLocation } from '../../models/registry';
import type { Context } from '../context';
import { columns, fileSize, millions } from '../format';

export interface ListFlags {
  here?: boolean;
  json?: boolean;
}

/** What there is no number for. */
const unknown = '-';

/** Models that are here come first. */
const order: Record<ModelLocation, number> = { bundled: 0, cached: 1, available: 2 };

/** Shows the models of the registry and where they are. */
export async function list({ here, json }: ListFlags, { output }: Context): Promise<void> {
  const known = await listModels();
  const models = known
    .filter(({ location }) => !here || location !== 'available')
    .sort((a, b) => order[a.location] - order[b.location]);
  if (json) {
    for (const model of models) {
      await output.json(model);
    }
    return;
  }
  const rows = models.map(({ name, location, task, input, parameters, macs, bytes, license, description }) => [
    ...[name, location, task, `${input[1]} x ${input[0]}`],
    ...[parameters, macs].map((count) => (count === undefined ? unknown : millions(count))),
    ...[bytes === undefined ? unknown : fileSize(bytes), license, description],
  ]);
  const header = ['NAME', 'WHERE', 'TASK', 'INPUT', 'PARAMETERS', 'MACS', 'SIZE', 'LICENCE', 'DESCRIPTION'];
  await output.lines(columns([header, ...rows], [4, 5, 6]));
}
