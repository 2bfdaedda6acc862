import { Button } from './button';
import { useStore } from './use-store';

export function CameraButton({ look }: { look: 'primary' | 'plain' }) {
  const { camera, showsCamera } = useStore();
  if (showsCamera.value) {
    return (
      <Button icon="stop" look={look} onClick={() => camera.stop()}>
        Stop<span class="spare"> camera</span>
      </Button>
    );
  }
  return (
    <Button icon="camera" look={look} onClick={() => camera.start()}>
      <span class="spare">Use </span>camera
    </Button>
  );
}
