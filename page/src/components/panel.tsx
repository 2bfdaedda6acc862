import { CameraFigures } from './camera-figures';
import { Export } from './export';
import { ExportAll } from './export-all';
import { Overview } from './overview';
import { Results } from './results';
import { Sliders } from './sliders';
import { TimingFigures } from './timing-figures';
import { useStore } from './use-store';

/** Beside the pictures: what narrows the results down, the results, and what to do with them. */
export function Panel() {
  const { camera, photos, showsCamera, shown } = useStore();
  const large = photos.enlarged.value;
  const result = shown.value;
  return (
    <aside class="panel" aria-label="Results">
      <Sliders />
      {showsCamera.value || large ? <Results /> : <Overview />}
      {camera.state.value.kind === 'on' && <CameraFigures />}
      {result && <TimingFigures result={result} />}
      {!showsCamera.value && large && <Export photo={large} />}
      {!showsCamera.value && !large && <ExportAll />}
    </aside>
  );
}
