// The figures of a run as Markdown.
const fixed = (value, digits = 2) => value.toFixed(digits);
const percent = (value) => `${Math.round(value * 100)} %`;
const megabytes = (bytes) => fixed(bytes / 2 ** 20);
const counted = (count) => `${count} thread${count === 1 ? '' : 's'}`;

export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The results of one network by row and number of threads. */
class Results {
  constructor({ results }) {
    this.results = results;
    this.threads = [...new Set(results.map(({ threads }) => threads))];
    this.ids = [...new Set(results.map(({ id }) => id))];
  }

  of(id, threads) {
    return this.results.find((result) => result.id === id && result.threads === threads && !result.skipped);
  }

  get ours() {
    return this.results.find(({ ours }) => ours)?.id;
  }

  /** Least time of one row divided by that of another; undefined where either is missing. */
  ratio(id, other, threads) {
    const [upper, lower] = [this.of(id, threads), this.of(other, threads)];
    return upper && lower && upper.least / lower.least;
  }

  /** How many times as fast ours is with the most threads as with the fewest. */
  get speedUp() {
    const [fewest, most] = [Math.min(...this.threads), Math.max(...this.threads)].map((count) => this.of(this.ours, count));
    return fewest && most && fewest !== most ? fewest.least / most.least : undefined;
  }

  /** What share of the bound of its instruction set a row reaches. */
  ofPeak(id, threads) {
    const result = this.of(id, threads);
    return result && this.ratio(result.peak, id, threads);
  }
}

const orDash = (value, format) => (value === undefined ? '–' : format(value));

function networkTable(network) {
  const results = new Results(network);
  const columns = (id, threads) => {
    const result = results.of(id, threads);
    const ours = id === results.ours || result?.limit ? undefined : results.ratio(results.ours, id, threads);
    return [
      orDash(result, ({ median }) => fixed(median)),
      orDash(result, (each) => fixed(each.least)),
      orDash(result?.limit ? undefined : results.ofPeak(id, threads), percent),
      orDash(ours, fixed),
    ];
  };
  const present = results.ids.filter((id) => results.threads.some((threads) => results.of(id, threads)));
  const rows = present.map((id) => {
    const { label } = results.results.find((result) => result.id === id);
    return [label, ...results.threads.flatMap((threads) => columns(id, threads))];
  });
  const header = results.threads.flatMap((threads) => [`${counted(threads)}: median`, 'least', 'of FMA', 'ours / it']);
  return table(['milliseconds a picture', ...header], rows);
}

function skippedLines({ results }) {
  const lines = results
    .filter(({ skipped }) => skipped)
    .map(({ label, threads, skipped }) => `- Left out: ${label}, ${counted(threads)}: ${skipped}.`);
  return lines.length > 0 ? `\n\n${lines.join('\n')}` : '';
}

/** The figures at a glance: what the others take is 1. */
function summary(networks) {
  const rows = networks.map((network) => {
    const results = new Results(network);
    const { ours, threads } = results;
    const each = (value) => threads.map((count) => orDash(value(count), fixed)).join(' / ');
    return [
      network.name,
      each((count) => results.ratio(ours, 'onnxruntime-node', count)),
      each((count) => results.ratio(ours, 'XNNPACK (C++)', count)),
      threads.map((count) => orDash(results.ofPeak(ours, count), percent)).join(' / '),
      orDash(results.speedUp, fixed),
    ];
  });
  const { threads } = new Results(networks[0]);
  const header = ['network', 'against onnxruntime-node', 'against XNNPACK', 'of FMA', 'speed-up by threads'];
  return `Least times, ours divided by theirs, ${threads
    .slice(0, -1)
    .map((count) => `${count} / `)
    .join('')}${counted(threads.at(-1))}:\n\n${table(header, rows)}${speedOfV2(networks)}`;
}

function speedOfV2(networks) {
  const time = (name) => {
    const network = networks.find((each) => each.name === name);
    return network?.results.find(({ ours, threads, skipped }) => ours && threads === 1 && !skipped)?.least;
  };
  const [slower, faster] = [time('mobilenet-v1-1.0-224'), time('mobilenet-v2-1.0-224')];
  return slower && faster ? `\n\nMobileNet V2 is ${fixed(slower / faster)} times as fast as V1, one thread.` : '';
}

function firstAnswerTable(models) {
  const spread = ({ median, least: smallest }, digits) => `${fixed(median, digits)} / ${fixed(smallest, digits)}`;
  const rows = models.map(({ title, require, load, answer, total, memory, peak }) => [
    title,
    ...[require, load, answer, total].map((measure) => spread(measure, 1)),
    ...[memory, peak].map((measure) => spread(measure, 0)),
  ]);
  const header = ['median / least', '`require` ms', 'load ms', 'first answer ms', 'together ms', 'memory MiB', 'at its peak MiB'];
  return table(header, rows);
}

function machineLine({ machine, date }) {
  const { processor, processors, instructionSets, system, node } = machine;
  return `Measured ${date} on ${processors} processors of ${processor} (${instructionSets.join(', ')}), ${system}, Node ${node}.`;
}

/** A line of the names and versions of what took part, if anything did. */
function versionLines(networks) {
  const names = networks.flatMap(({ results }) =>
    results.filter(({ ours, variant, limit, skipped }) => !(ours || variant || limit || skipped)).map((result) => result.library),
  );
  return names.length > 0 ? [`Others: ${[...new Set(names)].join(', ')}.`] : [];
}

/** @param {object} run what performance.mjs measured */
export function report(run) {
  const { networks = [], firstAnswers = [], addon, busy } = run;
  const parts = [machineLine(run)];
  if (networks.length > 0) {
    parts.push(...versionLines(networks), summary(networks));
    for (const network of networks) {
      parts.push(`### ${network.title}`, `${networkTable(network)}${skippedLines(network)}`);
    }
  }
  if (firstAnswers.length > 0) {
    parts.push('### From `require` to the first answer', firstAnswerTable(firstAnswers));
  }
  if (addon) {
    const stripped = addon.stripped === undefined ? '' : `, ${megabytes(addon.stripped)} MiB stripped`;
    parts.push(`The addon is ${megabytes(addon.built)} MiB as built${stripped}.`);
  }
  if (busy > 0.1) {
    parts.push(
      `**Not to be relied on**: others kept ${fixed(busy, 1)} of the machine's processors busy when the run began or ended.`,
    );
  }
  return `${parts.join('\n\n')}\n`;
}
