import { devices } from '../../../lib/runtime/devices';

console.log(JSON.stringify(devices()));
