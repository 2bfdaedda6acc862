// Whether two libraries compute the same function: what is compared are numbers that do not depend on the order of an output's elements.

/** @returns count, mean, root mean square and largest of an output's numbers (native/peer.cc computes the same) */
export function fingerprint(values) {
  let sum = 0;
  let squares = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    squares += value * value;
    max = Math.max(max, value);
  }
  return { count: values.length, mean: sum / values.length, rms: Math.sqrt(squares / values.length), max };
}

/** Rounding differs from library to library; a wrong weight or a wrong padding shows from about a hundredth. */
const tolerance = 1e-3;

/**
 * @param {object[]} outputs fingerprints, one of each output
 * @param {object[]} reference ours, of the same outputs
 * @returns what differs, undefined where nothing does
 */
export function difference(outputs, reference) {
  if (outputs.length !== reference.length) {
    return `${outputs.length} outputs in place of ${reference.length}`;
  }
  for (const [index, { rms, ...expected }] of reference.entries()) {
    const found = outputs[index];
    if (found.count !== expected.count) {
      return `output ${index} has ${found.count} numbers in place of ${expected.count}`;
    }
    const limit = tolerance * rms;
    for (const [measure, value] of Object.entries({ ...expected, rms })) {
      // Not finite numbers differ, too.
      if (!(Math.abs(found[measure] - value) <= limit)) {
        return `output ${index} has ${measure} ${found[measure]} in place of ${value}`;
      }
    }
  }
  return undefined;
}
