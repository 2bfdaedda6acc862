import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { PageTask } from '../engine/engine';
import { defaultSettings, leastDetectionScore, mostCategories, mostDetections, type Settings } from '../state/settings';
import { Button } from './button';
import { Slider } from './slider';
import { useStore } from './use-store';

/** TensorFlow's, which most models have. */
const usualIou = 0.6;

const settingsOf: Record<PageTask, readonly (keyof Settings)[]> = {
  classify: ['classifyThreshold', 'topK'],
  detect: ['detectThreshold', 'iouThreshold', 'maxResults'],
  segment: ['opacity'],
};

export function Sliders() {
  const store = useStore();
  const settings = store.settings.value;
  const own = settingsOf[settings.task];
  const changed = own.some((name) => settings[name] !== defaultSettings[name]);
  const reset = () => store.set(Object.fromEntries(own.map((name) => [name, defaultSettings[name]])));
  return (
    <section class="section" aria-labelledby="sliders">
      <div class="section__bar">
        <h2 id="sliders">{settings.task === 'segment' ? 'Mask' : 'Filter'}</h2>
        {changed && (
          <Button look="quiet" onClick={reset}>
            Reset
          </Button>
        )}
      </div>
      <SlidersOfTask settings={settings} set={(changes) => store.set(changes)} />
    </section>
  );
}

function SlidersOfTask({ settings, set }: { settings: Settings; set: (changes: Partial<Settings>) => void }) {
  const share = { most: 1, step: 0.01 };
  if (settings.task === 'classify') {
    return (
      <>
        <Slider
          name="Score threshold"
          {...share}
          least={0}
          value={settings.classifyThreshold}
          text={wholePercent(settings.classifyThreshold)}
          onInput={(classifyThreshold) => set({ classifyThreshold })}
        />
        <Slider
          name="Categories at most"
          least={1}
          most={mostCategories}
          step={1}
          value={settings.topK}
          text={`${settings.topK}`}
          onInput={(topK) => set({ topK })}
        />
      </>
    );
  }
  if (settings.task === 'segment') {
    return (
      <Slider
        name="Opacity"
        {...share}
        least={0}
        value={settings.opacity}
        text={wholePercent(settings.opacity)}
        onInput={(opacity) => set({ opacity })}
      />
    );
  }
  const { iouThreshold } = settings;
  return (
    <>
      <Slider
        name="Score threshold"
        {...share}
        least={leastDetectionScore}
        value={settings.detectThreshold}
        text={wholePercent(settings.detectThreshold)}
        onInput={(detectThreshold) => set({ detectThreshold })}
      />
      <MoreLimits open={iouThreshold !== null || settings.maxResults !== mostDetections}>
        <Slider
          name="Overlap (IoU) at most"
          {...share}
          least={0}
          value={iouThreshold ?? usualIou}
          text={iouThreshold === null ? "model's own" : wholePercent(iouThreshold)}
          onInput={(value) => set({ iouThreshold: value })}
        />
        <Slider
          name="Boxes at most"
          least={1}
          most={mostDetections}
          step={1}
          value={settings.maxResults}
          text={`${settings.maxResults}`}
          onInput={(maxResults) => set({ maxResults })}
        />
      </MoreLimits>
    </>
  );
}

/** Sliders that few need. Open when the page comes with other settings than usual; then it is the user who opens and closes it. */
function MoreLimits({ open, children }: { open: boolean; children: ComponentChildren }) {
  const [openAtFirst] = useState(open);
  return (
    <details class="more" open={openAtFirst}>
      <summary>More limits</summary>
      <div class="more__content">{children}</div>
    </details>
  );
}

function wholePercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
