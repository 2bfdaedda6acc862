import type { Category } from '../../../lib';
import { percent } from '../state/words';
import { Bar } from './bar';

export function Categories({ result: { categories } }: { result: { categories: Category[] } }) {
  if (categories.length === 0) {
    return <p class="section__nothing">Nothing scores that much.</p>;
  }
  return (
    <ol class="rows">
      {categories.map(({ index, label, score }) => (
        <li key={index} class="row">
          <span class="row__label">{label}</span>
          <span class="row__figure">{percent(score)}</span>
          <Bar share={score} />
        </li>
      ))}
    </ol>
  );
}
