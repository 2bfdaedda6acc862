// Loads the addon from each of the folders that are named, and prints what is thrown: `{ code, message }` in JSON, in their order.
import { MobileNetError } from '../../../lib/errors';
import { loadAddon } from '../../../lib/runtime/load-addon';

const thrown = process.argv.slice(2).map((folder) => {
  process.env.MOBILENET_METAL_PREBUILD = folder;
  try {
    loadAddon();
    return { code: 'loaded', message: '' };
  } catch (error) {
    return error instanceof MobileNetError
      ? { code: error.code, message: error.message }
      : { code: 'other', message: String(error) };
  }
});
console.log(JSON.stringify(thrown));
