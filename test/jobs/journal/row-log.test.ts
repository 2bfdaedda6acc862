import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RowLog, rowsPath } from '../../../lib/jobs/journal/row-log';
import { folderOfEachTest } from '../temporary-folder';

const folder = folderOfEachTest();
const checkpoints = () => join(folder(), 'checkpoints');
const rows = () => readFileSync(rowsPath(folder()), 'utf8');

const row = (number: number) => `{"image":"${number} ä"}`;
const text = (count: number) => Array.from({ length: count }, (_, i) => `${row(i)}\n`).join('');

async function write(log: RowLog, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    await log.append(row(number), number % 3 === 0 ? { errorCode: 'ERR_IMAGE_DECODE' } : {});
  }
}

/** A log of seven rows, with checkpoints behind the second, the third and the sixth. */
async function sevenRows(): Promise<void> {
  const log = await RowLog.create(folder());
  await write(log, 0, 2);
  await log.checkpoint();
  await write(log, 2, 3);
  await log.checkpoint();
  await write(log, 3, 6);
  await log.checkpoint();
  await write(log, 6, 7);
  await log.close();
}

test('goes on behind the last checkpoint, with what was counted until then', async () => {
  await sevenRows();
  const log = await RowLog.reopen(folder());
  expect(log.rows).toBe(6);
  expect(log.failures).toEqual({ ERR_IMAGE_DECODE: 2 });
  expect(rows()).toBe(text(6));
  await write(log, 6, 9);
  await log.checkpoint();
  await log.close();
  expect(rows()).toBe(text(9));
  const again = await RowLog.reopen(folder());
  expect(again.rows).toBe(9);
  expect(again.failures).toEqual({ ERR_IMAGE_DECODE: 3 });
  await again.close();
});

test('wherever the files are cut, zeroed or followed by rubbish, what is found is a beginning of the rows', async () => {
  await sevenRows();
  const wholeRows = readFileSync(rowsPath(folder()));
  const wholeCheckpoints = readFileSync(checkpoints());
  const sizes = [0, 2, 3, 6];
  const check = async (rowsNow: Buffer, checkpointsNow: Buffer) => {
    writeFileSync(rowsPath(folder()), rowsNow);
    writeFileSync(checkpoints(), checkpointsNow);
    let log: RowLog;
    try {
      log = await RowLog.reopen(folder());
    } catch (error) {
      // Only where checkpoints say that there were rows, and not even the first of them are left.
      expect(error).toMatchObject({ code: 'ERR_JOB_CORRUPT' });
      expect(rowsNow.subarray(0, Buffer.byteLength(text(2))).equals(Buffer.from(text(2)))).toBe(false);
      return;
    }
    expect(sizes).toContain(log.rows);
    expect(rows()).toBe(text(log.rows));
    await log.close();
  };
  for (let length = 0; length <= wholeCheckpoints.length; length++) {
    await check(wholeRows, wholeCheckpoints.subarray(0, length));
    await check(wholeRows, Buffer.concat([wholeCheckpoints.subarray(0, length), Buffer.alloc(9)]));
  }
  for (let length = 0; length <= wholeRows.length; length++) {
    const cut = wholeRows.subarray(0, length);
    await check(cut, wholeCheckpoints);
    await check(Buffer.concat([cut, Buffer.alloc(wholeRows.length - length)]), wholeCheckpoints);
    await check(Buffer.concat([cut, Buffer.from('rubbish\n{"image":')]), wholeCheckpoints);
  }
});

test('rows whose bytes changed do not count', async () => {
  await sevenRows();
  const changed = readFileSync(rowsPath(folder()));
  changed.writeUInt8(0x21, Buffer.byteLength(text(3)) + 4);
  writeFileSync(rowsPath(folder()), changed);
  const log = await RowLog.reopen(folder());
  expect(log.rows).toBe(3);
  await log.close();
});

test('a job killed before its first checkpoint begins at its beginning', async () => {
  const log = await RowLog.create(folder());
  await write(log, 0, 2);
  await log.close();
  const again = await RowLog.reopen(folder());
  expect(again.rows).toBe(0);
  await write(again, 0, 3);
  await again.checkpoint();
  await again.close();
  expect(rows()).toBe(text(3));
});

test('many rows are written on the way, in their order, by callers that do not wait', async () => {
  const log = await RowLog.create(folder());
  const calls = Array.from({ length: 30_000 }, (_, number) => log.append(row(number)));
  calls.push(log.checkpoint());
  await Promise.all(calls);
  await log.close();
  expect(rows()).toBe(text(30_000));
});

test('a row whose files cannot be put on disk is not counted, nor is any after it', async () => {
  const log = await RowLog.create(folder());
  const mask = join(folder(), 'masks', 'a.png');
  mkdirSync(join(folder(), 'masks'));
  writeFileSync(mask, 'mask');
  await log.append(row(0), { files: [mask] });
  await log.checkpoint();
  await log.append(row(1), { files: [mask] });
  rmSync(mask);
  await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_WRITE' });
  await expect(log.append(row(2))).rejects.toMatchObject({ code: 'ERR_WRITE' });
  await expect(log.checkpoint()).rejects.toMatchObject({ code: 'ERR_WRITE' });
  await log.close();
  const again = await RowLog.reopen(folder());
  expect(again.rows).toBe(1);
  await again.close();
});
