// Attacks `mobilenet serve` in a process of its own, and looks whether it stays alive, right and small. `--forms N` damaged forms (10,000), `--seconds N`
// of each flood (3). Ends with "N passed, N failed, N skipped".
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { randomOf } from '../test/fuzz/random';
import { bombs } from './server-attacks/bombs';
import { floodCameras, knockInVain } from './server-attacks/floods';
import { damagedForm } from './server-attacks/forms';
import { openSlow, pourEndless } from './server-attacks/slow';
import { photo, Victim } from './server-attacks/victim';

const { values } = parseArgs({
  options: { forms: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '3' } },
});
const forms = Number(values.forms);
const seconds = Number(values.seconds);
/** MiB that a server may have grown by, all attacks together: what allocators keep, and what four more threads have touched. */
const mayGrow = 200;
/** MiB that it may hold in the middle of the attacks: eight of the largest pictures' files, and one of the largest pictures, decoded. */
const mayHold = 1536;

/** Who send damaged forms at the same time. */
const clients = 16;

const cat = photo('chelsea.png');
let passed = 0;
let failed = 0;

const started = performance.now();

function check(title: string, good: boolean, said: unknown = ''): void {
  const at = `${((performance.now() - started) / 1000).toFixed(1)} s`.padStart(7);
  console.log(
    `${good ? 'passed' : 'FAILED'} ${at}  ${title}${said === '' ? '' : `: ${typeof said === 'string' ? said : JSON.stringify(said)}`}`,
  );
  if (good) {
    passed++;
  } else {
    failed++;
  }
}

async function stillRight(victim: Victim, after: string): Promise<void> {
  const answer = victim.alive ? await victim.classify(cat) : { status: 0 };
  check(
    `alive and right after ${after}`,
    answer.status === 200 && answer.label === 'Egyptian cat',
    `${await victim.memory()} MiB`,
  );
}

async function attackWithForms(victim: Victim): Promise<void> {
  const picture = await sharp(cat).resize(64).jpeg().toBuffer();
  const random = randomOf('forms', 1);
  const statuses: Record<string, number> = {};
  const wrong: string[] = [];
  const send = async () => {
    const { body, contentType } = damagedForm(picture, random);
    const init = { method: 'POST', body, headers: { 'content-type': contentType } } as RequestInit;
    // A connection that was closed while the body was sent is an answer, too.
    const response = await fetch(`${victim.url}/v1/classify`, init).catch(() => undefined);
    const status = response?.status ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
    const text = (await response?.text().catch(() => '')) ?? '';
    if (status >= 500 || (response && !text.startsWith('{'))) {
      wrong.push(`${status} ${text.slice(0, 100)}`);
    }
  };
  let left = forms;
  const client = async () => {
    while (left-- > 0 && victim.alive) {
      await send();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  check(`${forms} damaged forms: statuses`, wrong.length === 0, wrong.length > 0 ? wrong.slice(0, 3) : statuses);
}

async function attackWithBombs(victim: Victim): Promise<void> {
  for (const [name, bytes] of await bombs()) {
    const started = performance.now();
    const answer = await victim.classify(bytes).catch((error) => ({ status: 0, code: String(error) }));
    const time = `${Math.round(performance.now() - started)} ms`;
    const good = [200, 413, 422].includes(answer.status);
    check(
      `${name} (${bytes.length} bytes)`,
      good && victim.alive,
      `${answer.status} ${answer.code ?? ''} ${time}, ${await victim.memory()} MiB`,
    );
  }
}

/** The largest of what the server holds while `work` is done. */
async function highest(victim: Victim, work: Promise<unknown>): Promise<number> {
  let most = 0;
  const timer = setInterval(async () => {
    most = Math.max(most, await victim.memory().catch(() => 0));
  }, 100);
  await work;
  clearInterval(timer);
  return most;
}

async function main(): Promise<void> {
  const victim = await Victim.start('--receive-timeout', '1');
  for (let warmUp = 0; warmUp < 50; warmUp++) {
    await victim.classify(cat);
  }
  const before = await victim.memory();

  await attackWithForms(victim);
  await stillRight(victim, 'damaged forms');

  await attackWithBombs(victim);
  await stillRight(victim, 'bombs');

  const poured = pourEndless(victim, seconds);
  const most = await highest(victim, poured);
  check(`bodies without an end, ${await poured} MiB of them: memory`, most < mayHold, `${most} MiB at most`);
  await stillRight(victim, 'endless bodies');

  const slow = openSlow(victim, 200);
  const pulses: number[] = [];
  for (let beat = 0; beat < 10; beat++) {
    pulses.push(await victim.pulse());
  }
  await stillRight(victim, 'the first bytes of 200 slow clients');
  await Promise.all(slow.map(({ closed }) => closed));
  check(
    '200 slow clients are hung up on, and hold up nobody',
    Math.max(...pulses) < 1000,
    `${Math.max(...pulses).toFixed(0)} ms at most`,
  );

  const frame = await sharp(cat).jpeg().toBuffer();
  const flooding = floodCameras(victim, [frame, Buffer.from('no picture'), Buffer.alloc(0)], 64, seconds);
  const held = await highest(victim, flooding);
  check('64 cameras at full speed, half of them deaf: memory', held < mayHold, { ...(await flooding), 'MiB at most': held });
  await knockInVain(victim, 1000);
  await stillRight(victim, 'floods over WebSockets');
  check('no camera is left', (await victim.figure('mobilenet_cameras')) === 0);
  check('no body is left', (await victim.figure('mobilenet_body_bytes')) === 0);

  const after = await victim.memory();
  check('memory after it all', after < before + mayGrow, `${before} MiB before, ${after} MiB after`);
  check('it stops when told to', (await victim.stop()) === 0);
}

main()
  .catch((error) => check('the attack itself', false, String(error.stack)))
  .finally(() => {
    console.log(`${passed} passed, ${failed} failed, 0 skipped`);
    process.exit(failed > 0 ? 1 : 0);
  });
