import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOfEachTest } from '../../jobs/temporary-folder';
import { built, jsonLines, lines, type Run } from '../run-cli';
import { startCommand } from './start-command';

const photos = join(__dirname, '../../../photos');
const whenBuilt = built ? describe : describe.skip;
const folder = folderOfEachTest();
const at = (name: string) => join(folder(), name);

const start = (...args: string[]) => startCommand(folder(), ['batch', ...args]);

function batch(...args: string[]): Promise<Run> {
  const { child, ended } = start(...args);
  child.stdin.end();
  return ended;
}

function makePhotos(count: number, name = 'photos'): void {
  mkdirSync(at(name), { recursive: true });
  for (let index = 0; index < count; index++) {
    copyFileSync(join(photos, 'rocket.jpg'), join(at(name), `${String(index).padStart(3, '0')}.jpg`));
  }
}

const rows = (name: string) => jsonLines(readFileSync(at(name), 'utf8'));

whenBuilt('mobilenet batch', () => {
  test('a folder becomes a file of rows, with a summary on stderr and nothing on stdout', async () => {
    makePhotos(4);
    const run = await batch('photos', '--out', 'results.jsonl', '--top', '2');
    expect(run).toMatchObject({ status: 0, stdout: '' });
    expect(run.stderr).toMatch(/^mobilenet: 4 images done; 4 images in \d\.\d s, \d+(\.\d)? per second\n/);
    expect(run.stderr).toMatch(/network \d+\.\d ms.* of processor time\nmobilenet: the rows are in results\.jsonl\n$/);
    expect(rows('results.jsonl').map(({ image }) => image)).toEqual([0, 1, 2, 3].map((index) => `photos/00${index}.jpg`));
    expect(rows('results.jsonl')[0].categories).toHaveLength(2);
    expect(Object.keys(rows('results.jsonl')[0])).toEqual(['image', 'width', 'height', 'categories']);
  });

  test('pictures that fail are rows, the summary counts them, and the status is 1', async () => {
    makePhotos(2);
    writeFileSync(at('photos/001.jpg'), 'no picture');
    const { child, ended } = start('-', '--out', 'results.jsonl');
    child.stdin.end('photos/000.jpg\nphotos/001.jpg\nmissing.jpg\n');
    const { status, stderr } = await ended;
    expect(status).toBe(1);
    expect(stderr).toContain('1 image done, 2 failed (1 ERR_IMAGE_DECODE, 1 ERR_IMAGE_NOT_FOUND)');
    expect(rows('results.jsonl')[2]).toEqual({
      image: 'missing.jpg',
      error: { code: 'ERR_IMAGE_NOT_FOUND', message: "there is no file 'missing.jpg'" },
    });
  });

  test('each task, each format, each kind of file', async () => {
    makePhotos(1);
    copyFileSync(join(photos, 'chelsea.png'), at('photos/cat.png'));
    const detect = ['photos', '--task', 'detect', '--draw', 'drawn', '--out', 'boxes.csv', '--allow', 'cat'];
    expect((await batch(...detect)).status).toBe(0);
    const [head, rocket, cat] = lines(readFileSync(at('boxes.csv'), 'utf8'));
    expect(head).toBe(
      'image,width,height,error_code,error_message,detection,label,index,score,box_x,box_y,box_width,box_height,picture',
    );
    expect(rocket).toBe('photos/000.jpg,640,427,,,,,,,,,,,drawn/0000/00000000-000-drawn.png');
    expect(cat).toMatch(
      /^photos\/cat\.png,451,300,,,1,cat,17,0\.9\d+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,drawn\/0000\/00000001-cat-drawn\.png$/,
    );
    expect(readdirSync(at('drawn/0000'))).toEqual(['00000000-000-drawn.png', '00000001-cat-drawn.png']);

    const segment = ['photos/cat.png', '--task', 'segment', '--mask', 'masks', '--out', 'classes.csv'];
    expect((await batch(...segment)).status).toBe(0);
    expect(lines(readFileSync(at('classes.csv'), 'utf8'))).toEqual([
      'image,width,height,error_code,error_message,label,index,pixels,mask,picture',
      expect.stringMatching(/^photos\/cat\.png,451,300,,,cat,8,\d+,masks\/0000\/00000000-cat-mask\.png,$/),
      expect.stringMatching(/^photos\/cat\.png,451,300,,,background,0,\d+,masks\/0000\/00000000-cat-mask\.png,$/),
    ]);

    expect((await batch('photos', '--task', 'embed', '--out', 'vectors.csv')).status).toBe(0);
    const [columns] = lines(readFileSync(at('vectors.csv'), 'utf8'));
    expect(columns).toMatch(/^image,width,height,error_code,error_message,layer,embedding_0,.*,embedding_255$/);
  });

  test('what is not done on Ctrl-C is done with --resume, and the message says so', async () => {
    makePhotos(300);
    const { child, ended } = start('photos', '--out', 'results.jsonl');
    while (!(existsSync(at('results.jsonl.job/rows.jsonl')) && statSync(at('results.jsonl.job/rows.jsonl')).size > 0)) {
      await sleep(5);
      if (child.exitCode !== null) {
        throw new Error('it was done too soon');
      }
    }
    child.kill('SIGINT');
    const stopped = await ended;
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain('give the same command again with --resume to go on');
    expect((await batch('photos', '--out', 'results.jsonl')).status).toBe(2);
    const changed = await batch('photos', '--out', 'results.jsonl', '--resume', '--top', '3', '--exact');
    expect(changed.status).toBe(2);
    expect(changed.stderr).toContain(
      "  decode was 'fast' and is now 'exact'\n  --top was not given and is now '3' (ERR_JOB_CHANGED)",
    );
    const { status, stderr } = await batch('--out', 'results.jsonl', '--resume');
    expect(status).toBe(0);
    expect(stderr).toMatch(/300 images done, \d+ of them in earlier runs; /);
    expect(rows('results.jsonl')).toHaveLength(300);
    const again = await batch('photos', '--out', 'results.jsonl', '--resume');
    expect(again).toMatchObject({ status: 0, stderr: 'mobilenet: results.jsonl is complete already: there is nothing to do\n' });
  });

  test.each([
    [['--out', 'a.jsonl'], 'there is nothing to do'],
    [['photos'], "required option '-o, --out <file>' not specified"],
    [['photos', '--out', 'a.txt'], 'for --out'],
    [['photos', '--out', 'a.jsonl', '--task', 'detct'], "did you mean 'detect'?"],
    [['photos', '--out', 'a.jsonl', '--iou', '0.5'], '--iou is for detect, not for --task classify'],
    [['photos', '--out', 'a.jsonl', '--mask', 'm'], '--mask is for segment'],
    [['photos', '--out', 'a.jsonl', '--no-normalize'], '--no-normalize is for embed'],
    [['photos', '--out', 'a.jsonl', '--top', '0'], 'for --top but received 0'],
    [['photos', '--out', 'a.jsonl', '--shard', '4/3'], 'for --shard'],
    [['photos', '--out', 'a.jsonl', '--max-errors', '-1'], 'for --max-errors'],
    [['nowhere', '--out', 'a.jsonl'], "there is no file or folder 'nowhere'"],
    [['photos', '--out', 'a.jsonl', '--model', 'mobilenet'], 'mobilenet'],
  ])('%j is wrong usage', async (args, message) => {
    makePhotos(1);
    const { status, stderr } = await batch(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
    expect(readdirSync(folder())).toEqual(['photos']);
  });
});
