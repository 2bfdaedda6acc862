import { useLayoutEffect, useState } from 'preact/hooks';
import { titleOf } from '../state/errors';
import { Button } from './button';
import { Fitted } from './fitted';
import { Icon } from './icon';
import { Overlay } from './overlay';
import { useStore } from './use-store';

const usualSize = { width: 4, height: 3 };

/** The camera, live, with what is found in it. */
export function CameraView() {
  const store = useStore();
  const { camera } = store;
  const state = camera.state.value;
  if (state.kind === 'failed') {
    return (
      <div class="welcome" role="alert">
        <Icon name="camera" />
        <h2>{state.error.title}</h2>
        <p>{state.error.advice}</p>
        <div class="welcome__ways">
          <Button icon="retry" look="primary" onClick={() => camera.start()}>
            Try again
          </Button>
          <Button onClick={() => camera.stop()}>Without camera</Button>
        </div>
      </div>
    );
  }
  if (state.kind === 'asking') {
    return (
      <div class="welcome">
        <Icon name="camera" />
        <h2>Waiting for the camera</h2>
        <p>The browser may ask whether this page may use it.</p>
      </div>
    );
  }
  return <LiveView />;
}

function LiveView() {
  const store = useStore();
  const { camera } = store;
  const media = camera.media.value;
  const [size, setSize] = useState(usualSize);
  const result = store.shown.value;
  const trouble = camera.trouble.value;
  // The element comes and goes with the room it is shown in, the media with the camera chosen.
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  useLayoutEffect(() => {
    if (!video || !media) {
      return;
    }
    video.srcObject = media;
    video.play().catch(() => {
      // It was taken away again before it could play.
    });
    camera.watch(video);
    return () => {
      camera.watch(undefined);
      video.srcObject = null;
    };
  }, [camera, video, media]);
  const cameras = camera.cameras.value;
  const used = media?.getVideoTracks()[0]?.getSettings().deviceId;
  return (
    <div class="view">
      <div class="view__bar">
        <h2 class="view__name">Camera</h2>
        {cameras.length > 1 && (
          <select aria-label="Which camera" value={used} onChange={({ currentTarget }) => camera.start(currentTarget.value)}>
            {cameras.map(({ deviceId, label }) => (
              <option key={deviceId} value={deviceId}>
                {label}
              </option>
            ))}
          </select>
        )}
        <span class="view__space" />
        <Button
          icon="photos"
          look="quiet"
          onClick={async () => {
            const photo = await camera.takePhoto();
            if (photo) {
              store.addPhotos([photo]);
            }
          }}
        >
          Take photo
        </Button>
      </div>
      <Fitted size={size} result={result}>
        <video
          class="picture"
          ref={setVideo}
          muted
          autoPlay
          playsInline
          aria-label="Live picture of the camera"
          onResize={({ currentTarget: { videoWidth: width, videoHeight: height } }) => width > 0 && setSize({ width, height })}
        />
        <Overlay result={result} labels opacity={store.settings.value.opacity} highlighted={store.highlight.current.value} />
        {trouble && (
          <span class="status status--failed" role="alert">
            {titleOf(trouble)}: {trouble.message}
          </span>
        )}
      </Fitted>
    </div>
  );
}
