// Builds the addon for Linux with the double of Apple's GPU in it (test/apple-double), which is then device `metal`:
// `npm run build:double`, then `MOBILENET_METAL_PREBUILD=build/double npx jest` or `npx mobilenet doctor` with the same variable.
import { build, configurations, doublePackage, missingTool } from './native-build.mjs';

const missing = missingTool(configurations.double);
if (missing) {
  console.error(`${missing} not found`);
  process.exit(1);
}
if (!build('configure', 'double', 'mobilenet') || !build('build', 'double', 'mobilenet')) {
  process.exit(1);
}
console.log(`MOBILENET_METAL_PREBUILD=${doublePackage}`);
