import type { Task } from '../../models/description';
import { classify } from './classify';
import { detect } from './detect';
import { embed } from './embed';
import { segment } from './segment';
import type { ServedTask } from './served-task';

export const servedTasks: Readonly<Record<Task, ServedTask>> = { classify, detect, segment, embed };
