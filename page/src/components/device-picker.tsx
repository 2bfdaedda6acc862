import { useStore } from './use-store';

export function DevicePicker() {
  const store = useStore();
  const devices = store.connection.devices.value;
  const [best] = devices;
  return (
    <label class="choice choice--device">
      <span>Device</span>
      <select
        value={store.choice.value?.device ?? 'auto'}
        disabled={devices.length === 0}
        onChange={({ currentTarget }) => store.set({ device: currentTarget.value })}
      >
        <option value="auto">{best ? `auto (${best.type === 'cpu' ? 'CPU' : best.name})` : 'auto'}</option>
        {devices.map(({ id, type, name }) => (
          <option key={id} value={id}>
            {type === 'cpu' ? `CPU: ${name}` : `GPU: ${name}`}
          </option>
        ))}
      </select>
    </label>
  );
}
