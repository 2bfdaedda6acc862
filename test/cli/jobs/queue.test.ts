import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasRedis, RedisServer } from '../../jobs/queue/redis-server';
import { folderOfEachTest } from '../../jobs/temporary-folder';
import { built, jsonLines, type Run } from '../run-cli';
import { startCommand } from './start-command';

const photos = join(__dirname, '../../../photos');
const password = 'p@ss:w/ord';
const folder = folderOfEachTest();
const at = (name: string) => join(folder(), name);

let server: RedisServer;
beforeEach(async () => {
  if (hasRedis) {
    server = await new RedisServer(password).start();
  }
});
afterEach(() => server?.stop());

const address = () => `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;

const start = (...args: string[]) => startCommand(folder(), args, { MOBILENET_METAL_QUEUE: address() });

async function mobilenet(command: string, ...args: string[]): Promise<Run> {
  const run = await start(command, ...args).ended;
  expect(run.stdout + run.stderr).not.toContain(password);
  expect(run.stdout + run.stderr).not.toContain(encodeURIComponent(password));
  return run;
}

(hasRedis && built ? describe : describe.skip)('mobilenet submit, work, status and collect', () => {
  test('a job over two workers is that of one machine, byte by byte', async () => {
    mkdirSync(at('photos'));
    for (let index = 0; index < 40; index++) {
      copyFileSync(
        join(photos, index % 7 === 3 ? 'README.md' : 'rocket.jpg'),
        at(`photos/${String(index).padStart(2, '0')}.jpg`),
      );
    }
    const submitted = await mobilenet('submit', 'photos', '--job', 'holidays', '--chunk', '8', '--top', '2');
    expect(submitted).toMatchObject({
      status: 0,
      stdout: '',
      stderr: "mobilenet: 40 images of 'holidays' are in the queue, in 5 chunks\n",
    });
    const waiting = JSON.parse((await mobilenet('status', '--json')).stdout);
    expect(waiting.jobs).toMatchObject([{ name: 'holidays', images: 40, chunks: 5, submitted: 5, done: 0 }]);

    const workers = await Promise.all([mobilenet('work', '--until-done'), mobilenet('work', '--until-done')]);
    const images = workers.map(({ stderr }) => Number(/(\d+) images done/.exec(stderr)?.[1]));
    expect(images.reduce((sum, each) => sum + each, 0)).toBe(40);
    expect(workers.map(({ status }) => status)).toEqual([0, 0]);
    const done = await mobilenet('status');
    expect(done.stdout).toMatch(/^job\s+task\s+images\s+done.*\nholidays\s+classify\s+40\s+40\s+100\.0 %\s+6\s+0/);

    const collected = await mobilenet('collect', '--job', 'holidays', '--out', 'queue.jsonl');
    expect(collected.status).toBe(1); // some have failed
    expect(collected.stderr).toContain('40 rows, 6 of them of images that failed\nmobilenet: the rows are in queue.jsonl');
    const batch = await mobilenet('batch', at('photos'), '--out', 'batch.jsonl', '--top', '2');
    expect(batch.status).toBe(1);
    expect(readFileSync(at('queue.jsonl'), 'utf8')).toBe(readFileSync(at('batch.jsonl'), 'utf8'));
    expect(jsonLines(readFileSync(at('queue.jsonl'), 'utf8'))).toHaveLength(40);
    expect((await mobilenet('status')).stdout).toContain('no jobs');
    expect(readdirSync(folder()).sort()).toEqual(['batch.jsonl', 'photos', 'queue.jsonl']);
  });

  test('a collector that is stopped goes on, one for another output is refused', async () => {
    mkdirSync(at('photos'));
    for (let index = 0; index < 20; index++) {
      copyFileSync(join(photos, 'rocket.jpg'), at(`photos/${String(index).padStart(2, '0')}.jpg`));
    }
    await mobilenet('submit', 'photos', '--job', 'a', '--chunk', '5');
    const { child, ended } = start('collect', '--job', 'a', '--out', 'a.csv');
    await mobilenet('work', '--until-done');
    child.kill('SIGTERM');
    const { status } = await ended;
    if (status !== 0) {
      expect(status).toBe(143);
      expect((await mobilenet('collect', '--job', 'a', '--out', 'a.csv')).status).toBe(0);
    }
    expect(readFileSync(at('a.csv'), 'utf8').split('\n')).toHaveLength(22);
    const other = await mobilenet('collect', '--job', 'a', '--out', 'b.csv');
    expect(other).toMatchObject({ status: 1, stderr: "mobilenet: there is no job 'a' in the queue (ERR_QUEUE)\n" });
  });

  test('a job whose record is damaged is told of beside the others', async () => {
    copyFileSync(join(photos, 'rocket.jpg'), at('a.jpg'));
    for (const job of ['broken', 'whole']) {
      await mobilenet('submit', 'a.jpg', '--job', job);
    }
    await server.connect().hset('{mobilenet}:job:broken', 'job', '{');
    const message = "the queue's record of the job 'broken' is damaged";
    const json = await mobilenet('status', '--json');
    expect(json).toMatchObject({ status: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      jobs: [{ name: 'whole', images: 1 }],
      damaged: [{ name: 'broken', error: { code: 'ERR_QUEUE', message } }],
    });
    const text = await mobilenet('status');
    expect(text.status).toBe(1);
    expect(text.stdout).toMatch(new RegExp(`^job .*\nwhole .*\n${message}\n\n0 workers`));
    expect((await mobilenet('status', '--job', 'broken')).stdout).toMatch(new RegExp(`^${message}\n\n`));
    expect((await mobilenet('status', '--job', 'whole')).status).toBe(0);
    const worked = await mobilenet('work', '--until-done');
    expect(worked.status).toBe(1);
    expect(worked.stderr).toContain(`mobilenet: ${message} (ERR_QUEUE)`);
    expect(worked.stderr).toContain('1 images done in 1 chunks');
    expect((await mobilenet('collect', '--job', 'whole', '--out', 'whole.jsonl')).status).toBe(0);
    const collected = await mobilenet('collect', '--job', 'broken', '--out', 'broken.jsonl');
    expect(collected).toMatchObject({ status: 1, stderr: `mobilenet: ${message} (ERR_QUEUE)\n` });
  });

  // Windows has no such names.
  (process.platform === 'win32' ? test.skip : test)('no name of a file or a job can steer the terminal', async () => {
    const evil = 'a\x1b[2J\u009b31m\nmobilenet: all is well';
    const shown = 'a\ufffd[2J\ufffd31m\ufffdmobilenet: all is well';
    const harmless = async (command: string, ...args: string[]) => {
      const run = await mobilenet(command, ...args);
      expect((run.stdout + run.stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(run.stdout + run.stderr).not.toMatch(/^mobilenet: all is well/m);
      return run;
    };
    copyFileSync(join(photos, 'rocket.jpg'), at(`${evil}.jpg`));
    expect((await harmless('submit', `missing ${evil}`, '--job', 'a')).stderr).toContain(`missing ${shown}`);
    await harmless('submit', `${evil}.jpg`, '--job', 'a');
    expect((await harmless('submit', `${evil}.jpg`, '--job', 'a', '--model', `${evil}.safetensors`)).stderr).toContain(shown);
    // Whoever may write to Redis may write anything there.
    const redis = server.connect();
    await redis.sadd('{mobilenet}:jobs', evil);
    await redis.hset(`{mobilenet}:job:${evil}`, 'job', '{');
    expect((await harmless('status')).stdout).toContain(`the job '${shown}' is damaged`);
    expect(JSON.parse((await harmless('status', '--json')).stdout).damaged).toMatchObject([{ name: evil }]);
    expect((await harmless('work', '--until-done')).stderr).toContain(`the job '${shown}' is damaged`);
    expect((await harmless('collect', '--job', 'a', '--out', `${evil}.jsonl`)).stderr).toContain(`are in ${shown}.jsonl\n`);
    expect(jsonLines(readFileSync(at(`${evil}.jsonl`), 'utf8'))).toMatchObject([{ image: at(`${evil}.jpg`) }]);
    expect((await harmless('collect', '--job', evil, '--out', 'b.jsonl')).status).toBe(2);
  });

  test('what is wrong is said without the password', async () => {
    const wrong = address()
      .replace('127.0.0.1', 'another:secret@127.0.0.1')
      .replace(/^redis:\/\/:[^@]*@/, 'redis://');
    const refused = await mobilenet('status', '--queue', `redis://:secret@127.0.0.1:${server.port}`);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /cannot use the queue at redis:\/\/127\.0\.0\.1:\d+\/0: .*(WRONGPASS|password).* \(ERR_QUEUE\)/,
    );
    expect(refused.stderr).not.toContain('secret');
    const malformed = await mobilenet('status', '--queue', `${wrong}/nonsense`);
    expect(malformed.status).toBe(2);
    expect(malformed.stderr).not.toContain('secret');
    expect((await mobilenet('submit', 'nowhere', '--job', 'a')).status).toBe(2);
    expect((await mobilenet('submit', 'nowhere', '--job', 'a b')).stderr).toContain('for --job');
  });
});
