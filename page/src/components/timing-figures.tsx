import type { ShownResult } from '../state/shown-result';
import { duration } from '../state/words';

const stages = ['decode', 'queue', 'preprocess', 'network', 'postprocess'] as const;

/** Where the time went, stage by stage. */
export function TimingFigures({ result: { timing, model, device } }: { result: ShownResult }) {
  const total = stages.reduce((sum, stage) => sum + timing[stage], 0);
  return (
    <section class="section" aria-labelledby="timing">
      <div class="section__bar">
        <h2 id="timing">Timing</h2>
        <span class="section__count">{duration(total)}</span>
      </div>
      <div class="stages" aria-hidden="true">
        {stages.map((stage) => (
          <span
            key={stage}
            class={`stages__part stages__part--${stage}`}
            style={{ '--share': `${timing[stage] / (total || 1)}` }}
          />
        ))}
      </div>
      <dl class="figures">
        {stages.map((stage) => (
          <div key={stage} class={`figures__figure figures__figure--${stage}`}>
            <dt>{stage}</dt>
            <dd>{duration(timing[stage])}</dd>
          </div>
        ))}
      </dl>
      <p class="section__note">
        {model} on {device === 'cpu' ? 'the CPU' : 'Metal'}
      </p>
    </section>
  );
}
