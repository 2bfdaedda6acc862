import type { EngineModel } from '../engine/engine';
import { useStore } from './use-store';

export function ModelPicker() {
  const store = useStore();
  const models = store.models.value;
  const here = models.filter(({ location }) => location !== 'available');
  const elsewhere = models.filter(({ location }) => location === 'available');
  return (
    <label class="choice choice--model">
      <span>Model</span>
      <select
        value={store.model.value?.name ?? ''}
        disabled={models.length === 0}
        onChange={({ currentTarget }) => store.chooseModel(currentTarget.value)}
      >
        {models.length === 0 && <option value="">none</option>}
        {here.map(optionOf)}
        {elsewhere.length > 0 && <optgroup label="Not pulled yet">{elsewhere.map(optionOf)}</optgroup>}
      </select>
    </label>
  );
}

function optionOf({ name }: EngineModel) {
  return (
    <option key={name} value={name}>
      {name}
    </option>
  );
}
