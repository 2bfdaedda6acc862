import type { PageTask } from '../engine/engine';
import { Categories } from './categories';
import { Detections } from './detections';
import { Legend } from './legend';
import { useStore } from './use-store';

const titles: Record<PageTask, string> = { classify: 'Categories', detect: 'Found', segment: 'Classes' };

/** What was found in the picture that is seen large. */
export function Results() {
  const { settings, shown } = useStore();
  const result = shown.value;
  return (
    <section class="section" aria-labelledby="results">
      <div class="section__bar">
        <h2 id="results">{titles[settings.value.task]}</h2>
        {result?.task === 'detect' && <span class="section__count">{result.detections.length}</span>}
      </div>
      {!result && <p class="section__nothing">No results yet.</p>}
      {result?.task === 'classify' && <Categories result={result} />}
      {result?.task === 'detect' && <Detections result={result} />}
      {result?.task === 'segment' && <Legend result={result} />}
    </section>
  );
}
