import { CameraButton } from './camera-button';
import { DevicePicker } from './device-picker';
import { ModelPicker } from './model-picker';
import { PhotoButton } from './photo-button';
import { TaskPicker } from './task-picker';
import { useStore } from './use-store';

export function Header() {
  const { showsCamera, photos } = useStore();
  const hasInput = showsCamera.value || photos.list.value.length > 0;
  return (
    <header class="header">
      <div class="brand">
        <svg class="brand__mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <path
            class="brand__frame"
            d="M3 10V5a2 2 0 0 1 2-2h5M22 3h5a2 2 0 0 1 2 2v5M29 22v5a2 2 0 0 1-2 2h-5M10 29H5a2 2 0 0 1-2-2v-5"
          />
          <path class="brand__letter" d="M9.5 22.5v-13l6.5 7 6.5-7v13" />
        </svg>
        <h1>
          mobilenet<span>-metal</span>
        </h1>
      </div>
      <div class="choices">
        <TaskPicker />
        <ModelPicker />
        <DevicePicker />
      </div>
      {hasInput && (
        <div class="inputs">
          <PhotoButton look="plain">
            <span class="spare">Add </span>photos
          </PhotoButton>
          <CameraButton look="plain" />
        </div>
      )}
    </header>
  );
}
