// Taken out of the loops over millions of weights: globals are slow inside Jest.
const { imul } = Math;

/** Up or down, the same for the same seed, without a pattern that sums could cancel: Numerical Recipes' `ranqd1`. */
export function randomSigns(seed: number): () => 1 | -1 {
  let state = seed;
  return () => {
    state = (imul(state, 1664525) + 1013904223) | 0;
    return state < 0 ? -1 : 1;
  };
}
