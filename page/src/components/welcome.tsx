import { useRef } from 'preact/hooks';
import type { PageTask } from '../engine/engine';
import { CameraButton } from './camera-button';
import { PhotoButton } from './photo-button';
import { useFocusHome } from './use-focus-home';
import { useStore } from './use-store';

const whatTasksDo: Record<PageTask, string> = {
  classify: 'Classify says what a photo shows.',
  detect: 'Detect finds things and draws boxes around them.',
  segment: 'Segment says what each pixel belongs to.',
};

export function Welcome() {
  const { settings } = useStore();
  const view = useRef<HTMLDivElement>(null);
  useFocusHome(view);
  return (
    <div class="welcome" ref={view}>
      <svg class="welcome__sign" viewBox="0 0 120 84" width="120" height="84" aria-hidden="true">
        <rect class="welcome__photo" x="16" y="6" width="88" height="66" rx="8" />
        <path class="welcome__hills" d="M20 62l24-26 16 16 10-10 30 24" />
        <circle class="welcome__sun" cx="78" cy="26" r="7" />
        <path class="welcome__box" d="M30 20h-4v4M62 20h4v4M30 66h-4v-4M62 66h4v-4" />
      </svg>
      <h2>What is in your photos?</h2>
      <p>{whatTasksDo[settings.value.task]}</p>
      <p>Drop photos here, paste them, or choose them.</p>
      <div class="welcome__ways">
        <PhotoButton look="primary">Choose photos</PhotoButton>
        <CameraButton look="plain" />
      </div>
    </div>
  );
}
