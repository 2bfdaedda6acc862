import { useStore } from './use-store';

/** How fast the camera's frames are answered. */
export function CameraFigures() {
  const { camera } = useStore();
  return (
    <section class="section" aria-labelledby="camera-figures">
      <h2 id="camera-figures">Camera</h2>
      <dl class="tiles">
        <div>
          <dt>frames per second</dt>
          <dd data-testid="fps">{camera.framesPerSecond.value.toFixed(1)}</dd>
        </div>
        <div>
          <dt>dropped frames</dt>
          <dd data-testid="dropped">{camera.dropped.value}</dd>
        </div>
      </dl>
    </section>
  );
}
