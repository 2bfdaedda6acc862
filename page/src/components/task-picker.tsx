import type { PageTask } from '../engine/engine';
import { tasks } from '../state/settings';
import { useStore } from './use-store';

const names: Record<PageTask, string> = { classify: 'Classify', detect: 'Detect', segment: 'Segment' };

export function TaskPicker() {
  const store = useStore();
  const chosen = store.settings.value.task;
  return (
    <fieldset class="tasks">
      <legend class="unseen">Task</legend>
      {tasks.map((task) => (
        <label key={task} class="tasks__task">
          <input type="radio" name="task" value={task} checked={task === chosen} onChange={() => store.chooseTask(task)} />
          <span>{names[task]}</span>
        </label>
      ))}
    </fieldset>
  );
}
