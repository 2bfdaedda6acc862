import type { ChosenRun, ModelQuery, Service } from '../service';
import { type Parameter, parseQuery, type Query, querySchema } from '../tasks/parameters';
import { type ServedTask, sharedParameters } from '../tasks/served-task';
import { modelParameters } from './model-parameters';

/** All that a query of the task may hold. */
function parametersOf(task: ServedTask): readonly Parameter[] {
  return [...modelParameters, ...task.parameters, ...sharedParameters];
}

export function taskQuerySchema(task: ServedTask): object {
  return querySchema(parametersOf(task));
}

/** What a query of the task asks for. Throws ERR_MODEL_NOT_FOUND, ERR_MODEL_TASK, ERR_INVALID_OPTION or ERR_NO_DEVICE. */
export async function chooseRun(service: Service, task: ServedTask, query: Query): Promise<ChosenRun> {
  const { model, device, ...options } = parseQuery(parametersOf(task), query) as ModelQuery & Record<string, unknown>;
  return { key: await service.choose(task.name, { model, device }), options };
}
