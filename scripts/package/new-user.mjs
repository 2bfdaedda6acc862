// The way of a new user, timed: from an empty folder to the first picture classified by command, by script and through the page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { judge, root, run } from './harness.mjs';

const aCat = /\bcat\b/;

/** How many packages npm installed, and the bytes of each that lies at the top, with what lies in it. */
function measure(project) {
  const { packages } = JSON.parse(readFileSync(path.join(project, 'node_modules', '.package-lock.json'), 'utf8'));
  const bytesOf = (folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + lstatSync(path.join(parentPath, name)).size, 0);
  const folders = Object.keys(packages);
  const top = folders.filter((folder) => folder.lastIndexOf('node_modules/') === 0);
  const sizes = top.map((folder) => ({ name: folder.slice('node_modules/'.length), bytes: bytesOf(path.join(project, folder)) }));
  return { count: folders.length, sizes: sizes.sort((a, b) => b.bytes - a.bytes) };
}

function printInstalled(project) {
  const { count, sizes } = measure(project);
  const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const largest = sizes.slice(0, 8).map(({ name, bytes }) => `${name} ${mebibytes(bytes)}`);
  console.log(
    `installed: ${count} packages, ${mebibytes(sizes.reduce((sum, { bytes }) => sum + bytes, 0))}; ${largest.join(', ')}`,
  );
}

/** Serves, loads the page with its script, and has a photo classified, as a browser would. Resolves to what is wrong with it, if anything. */
async function useServer(project, photo) {
  const command = path.join(project, 'node_modules', 'mobilenet-metal', 'dist', 'cli', 'main.js');
  const server = spawn(process.execPath, [command, 'serve', '--port', '0'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(server, 'close');
  try {
    const ended = closed.then(([status]) => Promise.reject(new Error(`mobilenet serve ended with ${status}`)));
    const [line] = await Promise.race([once(readline.createInterface(server.stdout), 'line'), ended]);
    const address = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    const page = await fetch(`${address}/`).then((response) => response.text());
    const source = page.match(/<script[^>]* src="([^"]+)"/)?.[1];
    const script = await fetch(new URL(source, `${address}/`));
    const answer = await fetch(`${address}/v1/classify`, { method: 'POST', body: readFileSync(photo) });
    const { categories } = await answer.json();
    const good = page.startsWith('<!doctype html>') && script.ok && answer.ok && aCat.test(categories?.[0]?.label);
    return good
      ? ''
      : `page ${page.slice(0, 200)}, script ${script.status}, answer ${answer.status} ${JSON.stringify(categories)}`;
  } catch (error) {
    return String(error);
  } finally {
    server.kill('SIGTERM');
    await closed;
  }
}

/**
 * Installs a tarball with a binary for this system in the new folder `project` as a new user would, and does what they would try first. Nothing may be
 * compiled. Prints the seconds of each step and what was installed; returns whether the package is there.
 */
export async function newUser(tarball, project) {
  const seconds = {};
  const step = async (title, work) => {
    const started = performance.now();
    const problem = await work();
    seconds[title] = Number(((performance.now() - started) / 1000).toFixed(2));
    return judge(`new user: ${title} (${seconds[title]} s)`, problem === '', problem);
  };
  const command = (name, args, accept) => () => {
    const { status, stdout, stderr } = run(name, args, project);
    return status === 0 && accept(stdout, stderr) ? '' : `status ${status}\n${stdout}\n${stderr}`;
  };
  mkdirSync(project, { recursive: true });
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }));
  const installed = path.join(project, 'node_modules', 'mobilenet-metal');
  const install = ['install', '--no-audit', '--no-fund', '--foreground-scripts', tarball];
  const compiledNothing = (stdout, stderr) =>
    !/\bgyp\b (info|ERR)/.test(stdout + stderr) && !existsSync(path.join(installed, 'build'));
  if (!(await step('npm install compiles nothing', command('npm', install, compiledNothing)))) {
    return false;
  }
  printInstalled(project);
  for (const file of ['require.cjs', 'import.mjs']) {
    copyFileSync(path.join(root, 'test', 'package', file), path.join(project, file));
  }
  const photo = path.join(installed, 'photos', 'chelsea.png');
  await step(
    'npx mobilenet classify',
    command('npx', ['mobilenet', 'classify', photo], (stdout) => aCat.test(stdout)),
  );
  await step(
    'require',
    command(process.execPath, ['require.cjs', photo], (stdout) => aCat.test(stdout)),
  );
  await step(
    'import',
    command(process.execPath, ['import.mjs', photo], (stdout) => aCat.test(stdout)),
  );
  await step('mobilenet serve: the page, and POST /v1/classify', () => useServer(project, photo));
  return true;
}
