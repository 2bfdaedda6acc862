import { EventEmitter } from 'node:events';
import type { MessageChannelMain, UtilityProcess, WebContents } from 'electron';
import { NetworkProcess } from '../../../examples/electron/src/main/network-process';
import type { Command, Notice } from '../../../examples/electron/src/messages';

class Child extends EventEmitter {
  readonly commands: [Command, number][] = [];
  killed = false;

  postMessage(command: Command, ports: unknown[]): void {
    this.commands.push([command, ports.length]);
  }

  kill(): boolean {
    this.killed = true;
    return true;
  }
}

class Page extends EventEmitter {
  readonly told: [string, unknown][] = [];

  send(channel: string, message: unknown): void {
    this.told.push([channel, message]);
  }

  postMessage(channel: string): void {
    this.told.push([channel, 'a port']);
  }
}

const children: Child[] = [];
const notices: Notice[] = [];
let networks: NetworkProcess;

beforeEach(() => {
  jest.useFakeTimers();
  children.length = 0;
  notices.length = 0;
  networks = new NetworkProcess({
    fork: () => {
      const child = new Child();
      children.push(child);
      return child as unknown as UtilityProcess;
    },
    createChannel: () => ({ port1: {}, port2: {} }) as MessageChannelMain,
    onNotice: (notice) => notices.push(notice),
  });
});

afterEach(() => jest.useRealTimers());

const last = () => children.at(-1) as Child;

function connect(): Page {
  const page = new Page();
  networks.connect(page as unknown as WebContents);
  return page;
}

const port = ['mobilenet:port', 'a port'];
const gone = (message: string, forGood = false) => ['mobilenet:gone', { message, forGood }];

test('the process is started by the first page, once', () => {
  expect(children).toHaveLength(0);
  const pages = [connect(), connect()];
  expect(children).toHaveLength(1);
  expect(last().commands).toEqual([
    [{ type: 'connect' }, 1],
    [{ type: 'connect' }, 1],
  ]);
  expect(pages.map(({ told }) => told)).toEqual([[port], [port]]);
});

test('one that ran for a while is started again at once, and every page told', () => {
  const pages = [connect(), connect()];
  jest.advanceTimersByTime(10_000);
  last().emit('exit', 139);
  expect(children).toHaveLength(2);
  const told = [port, gone('the process that runs the networks ended with code 139'), port];
  expect(pages.map((page) => page.told)).toEqual([told, told]);
});

test('a page that is gone is not told', () => {
  const page = connect();
  page.emit('destroyed');
  jest.advanceTimersByTime(10_000);
  last().emit('exit', 1);
  expect(page.told).toEqual([port]);
});

test('one that ends soon is started later and later, then not before a page is loaded anew', () => {
  const page = connect();
  for (const [i, delay] of [250, 1000, 4000].entries()) {
    last().emit('exit', 1);
    jest.advanceTimersByTime(delay - 1);
    expect(children).toHaveLength(i + 1);
    jest.advanceTimersByTime(1);
    expect(children).toHaveLength(i + 2);
  }
  last().emit('exit', 1);
  jest.advanceTimersByTime(3_600_000);
  expect(children).toHaveLength(4);
  const message = 'the process that runs the networks ended with code 1, 4 times in a row; reload the page to try again';
  expect(page.told.at(-1)).toEqual(gone(message, true));
  networks.connect(page as unknown as WebContents);
  expect(children).toHaveLength(5);
  expect(page.told.at(-1)).toEqual(port);
  last().emit('exit', 1);
  jest.advanceTimersByTime(250);
  expect(children).toHaveLength(6);
});

test('running for a while makes up for failures', () => {
  connect();
  for (let i = 0; i < 20; i++) {
    last().emit('exit', 1);
    jest.advanceTimersByTime(250);
    jest.advanceTimersByTime(10_000);
    last().emit('exit', 1);
  }
  expect(children).toHaveLength(41);
});

test('a page that connects while a start is waited for gets its port with the others, once', () => {
  connect();
  last().emit('exit', 1);
  const page = connect();
  expect(page.told).toEqual([]);
  jest.advanceTimersByTime(250);
  expect(page.told).toEqual([port]);
  expect(children).toHaveLength(2);
});

describe('models', () => {
  const opened = (path: string): Notice => ({ type: 'model-opened', path, name: path });
  const refused = (path: string): Notice => ({ type: 'model-refused', path, error: { code: 'ERR_MODEL_CORRUPT', message: '' } });
  const openModel = (path: string) => [{ type: 'open-model', path }, 0];

  test('are given to every process, before any page can ask', () => {
    connect();
    networks.openModel('a');
    last().emit('message', opened('a'));
    jest.advanceTimersByTime(10_000);
    last().emit('exit', 1);
    expect(last().commands).toEqual([openModel('a'), [{ type: 'connect' }, 1]]);
    last().emit('message', opened('a'));
    expect(notices).toEqual([opened('a')]);
  });

  test('that are refused, or have ended the process, are not given to the next', () => {
    connect();
    networks.openModel('refused');
    networks.openModel('deadly');
    last().emit('message', refused('refused'));
    jest.advanceTimersByTime(10_000);
    last().emit('exit', 1);
    expect(last().commands).toEqual([[{ type: 'connect' }, 1]]);
    expect(notices).toEqual([refused('refused')]);
  });

  test('that are opened again are told of again: their file may have changed', () => {
    connect();
    for (let i = 0; i < 2; i++) {
      networks.openModel('a');
      last().emit('message', opened('a'));
    }
    expect(notices).toHaveLength(2);
  });

  test('start the process where there is none, or wait for it', () => {
    networks.openModel('a');
    expect(last().commands).toEqual([openModel('a')]);
    last().emit('exit', 1);
    networks.openModel('b');
    expect(children).toHaveLength(1);
    jest.advanceTimersByTime(250);
    expect(last().commands).toEqual([openModel('b')]);
    last().emit('message', opened('b'));
    expect(notices).toEqual([opened('b')]);
  });
});

test('stopped, it stays so', () => {
  const page = connect();
  networks.stop();
  expect(last().killed).toBe(true);
  last().emit('exit', 0);
  jest.advanceTimersByTime(60_000);
  expect(children).toHaveLength(1);
  expect(page.told).toEqual([port]);
});

test('stopped while a start is waited for, it is not started', () => {
  connect();
  last().emit('exit', 1);
  networks.stop();
  jest.advanceTimersByTime(60_000);
  expect(children).toHaveLength(1);
});
