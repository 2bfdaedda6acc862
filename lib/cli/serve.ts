import type { Command } from 'commander';
import type { LogLine, ServerOptions } from '../server/options';
import { collect, parseNumber } from './arguments';
import type { Context } from './context';
import { addDeviceOptions } from './device-options';
import { printableJson, say } from './output';

/** Most are options of the server by their own names. */
type OwnFlags = Omit<ServerOptions, 'allowHosts' | 'allowOrigins' | 'models' | 'decode' | 'onLog'>;

interface ServeFlags extends OwnFlags {
  allowHost?: string[];
  allowOrigin?: string[];
  model?: string[];
  fast?: boolean;
  log?: boolean;
}

const help = `
Examples:
  mobilenet serve
  mobilenet serve --port 9000 --model my-model.safetensors
  mobilenet serve --host 0.0.0.0 --allow-host photos.example

The page is at the address that is printed, the HTTP interface beside it, described by /v1/openapi.json. Whoever can reach the address can use it:
there are no passwords. On Ctrl-C or SIGTERM what is in work is finished first; a second one ends it at once.`;

export function addServeCommand(program: Command, context: Context): void {
  const command = program
    .command('serve')
    .description('Serve a page to try the models in a browser, and an HTTP interface')
    .option('--host <address>', 'interface to listen on (default: 127.0.0.1, this machine only)')
    .option('--port <n>', 'port to listen on; 0 takes any that is free (default: 8224)', parseNumber)
    .option('-m, --model <name|file>', 'model to offer, and to use for its task; may be given several times', collect)
    .option('--allow-host <name>', 'another host name the server is known by; may be given several times', collect)
    .option('--allow-origin <origin>', 'web pages of this origin may use the server; may be given several times', collect)
    .option('--fast', 'let large pictures be shrunk while they are decoded: faster, slightly different results')
    .option('--max-bytes <n>', 'largest body, in bytes (default: 33554432)', parseNumber)
    .option('--max-pixels <n>', 'largest picture, in pixels (default: 134217728)', parseNumber)
    .option('--concurrency <n>', 'pictures in work at a time (default: two more than there are processors)', parseNumber)
    .option('--max-waiting <n>', 'pictures that wait before more are refused (default: 128)', parseNumber)
    .option('--max-models <n>', 'models loaded at a time (default: 4)', parseNumber)
    .option('--max-cameras <n>', 'cameras connected at a time (default: 16)', parseNumber)
    .option('--receive-timeout <seconds>', 'in which a request must have come whole (default: 30)', parseNumber)
    .option('--run-timeout <seconds>', 'that a picture may take (default: 60)', parseNumber)
    .option('--stop-timeout <seconds>', 'that requests in work are waited for at the end (default: 10)', parseNumber)
    .option('--no-page', 'serve the HTTP interface only')
    .option('--log', 'write a line of JSON for each request on stderr');
  addDeviceOptions(command);
  command.addHelpText('after', help).action((flags: ServeFlags) => serve(flags, context));
}

function toOptions({ allowHost, allowOrigin, model, fast, log = false, ...own }: ServeFlags): ServerOptions {
  return {
    ...own,
    allowHosts: allowHost,
    allowOrigins: allowOrigin,
    models: model,
    decode: fast ? 'fast' : 'exact',
    onLog: (line) => writeLog(line, log),
  };
}

/** What went wrong is always said. */
function writeLog({ error, ...line }: LogLine, all: boolean): void {
  if (all || line.level === 'error') {
    const reason = error instanceof Error ? { error: error.stack ?? error.message } : {};
    process.stderr.write(`${printableJson({ time: new Date().toISOString(), ...line, ...reason })}\n`);
  }
}

async function serve(flags: ServeFlags, { output, signal }: Context): Promise<void> {
  const { startServer } = require('../server/server') as typeof import('../server/server');
  const { isLoopback } = require('../server/access/hosts') as typeof import('../server/access/hosts');
  const server = await startServer(toOptions(flags));
  try {
    await output.line(`mobilenet-metal is at ${server.url} (Ctrl-C stops it)`);
    if (flags.host !== undefined && !isLoopback(flags.host)) {
      say(`everyone who can reach ${flags.host} can use it`);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) {
        resolve();
      }
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await server.stop();
  }
}
