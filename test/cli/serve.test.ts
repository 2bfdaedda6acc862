import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { printedAddress } from '../server/printed-address';
import { photo } from '../server/start';
import { built, cli, jsonLines, main } from './run-cli';

const withBuild = built ? test : test.skip;

interface Serving {
  child: ChildProcess;
  url: string;
  stderr(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function serve(...flags: string[]): Promise<Serving> {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--device', 'cpu', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const url = await printedAddress(child.stdout);
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return { child, url, stderr: () => stderr, end };
}

const classify = (url: string) =>
  fetch(`${url}/v1/classify?topK=1`, { method: 'POST', body: new Uint8Array(readFileSync(photo('chelsea.png'))) });

withBuild('says where it is, serves the page, and ends with status 0 on SIGTERM and on Ctrl-C', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { url, end, stderr } = await serve();
    expect(await (await fetch(url)).text()).toContain('<title>mobilenet-metal</title>');
    expect(await (await classify(url)).json()).toMatchObject({ categories: [{ label: 'Egyptian cat' }] });
    expect([await end(signal), stderr()]).toEqual([0, '']);
  }
});

withBuild('finishes what is in work when it is told to stop', async () => {
  const { url, end } = await serve();
  const answer = classify(url);
  // Until the request has come.
  while (!(await (await fetch(`${url}/metrics`)).text()).includes('mobilenet_pictures_in_work 1')) {
    if ((await Promise.race([answer, Promise.resolve()])) !== undefined) {
      break;
    }
  }
  const code = end('SIGTERM');
  expect((await answer).status).toBe(200);
  expect(await code).toBe(0);
});

withBuild('--log, --no-page, --host', async () => {
  const { url, end, stderr } = await serve('--log', '--no-page', '--host', '0.0.0.0');
  const local = url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(local)).status).toBe(404);
  await (await classify(local)).json();
  await end('SIGTERM');
  const [warning, ...log] = stderr().trimEnd().split('\n');
  expect(warning).toBe('mobilenet: everyone who can reach 0.0.0.0 can use it');
  expect(jsonLines(log.join('\n'))).toMatchObject([
    { level: 'info', method: 'GET', path: '/', status: 404 },
    { level: 'info', method: 'POST', path: '/v1/classify', status: 200, milliseconds: expect.any(Number) },
  ]);
});

withBuild('wrong usage', async () => {
  expect(await cli('serve', '--port', '70000')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: 'mobilenet: expected a whole number from 0 to 65535 for --port but received 70000 (ERR_INVALID_OPTION)\n',
  });
  expect(await cli('serve', '--max-models', '0')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('for --max-models'),
  });
  expect(await cli('serve', '--model', 'none')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ERR_MODEL_NOT_FOUND'),
  });
  expect(await cli('serve', '--allow-origin', 'here')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--allow-origin'),
  });
  expect(await cli('serve', '--host', '192.0.2.1', '--port', '0')).toMatchObject({
    status: 2,
    stderr:
      'mobilenet: expected an address of this machine for --host but it has no such address as 192.0.2.1 (ERR_INVALID_OPTION)\n',
  });
  const { url, end } = await serve();
  const { port } = new URL(url);
  expect(await cli('serve', '--port', port)).toMatchObject({
    status: 2,
    stderr: `mobilenet: expected a free port for --port but another program listens on port ${port} (ERR_INVALID_OPTION)\n`,
  });
  await end('SIGTERM');
});
