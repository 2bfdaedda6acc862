/*
 * How the app is packed. What matters to mobilenet-metal is `files` and `asarUnpack`; docs/electron.md says why.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');

const ours = '**/node_modules/mobilenet-metal';
const images = '**/node_modules/@img';
const packageFolder = path.dirname(require.resolve('mobilenet-metal/package.json'));
/** An addon that was built here would be loaded before any prebuilt one, on whatever processor. */
const addon = existsSync(path.join(packageFolder, 'prebuilds'))
  ? `${ours}/prebuilds/\${platform}-\${arch}/*.node`
  : `${ours}/build/Release/*.node`;

const pictures = ['avif', 'bmp', 'gif', 'jpeg', 'jpg', 'png', 'svg', 'tif', 'tiff', 'webp'];

/** @type {import('electron-builder').Configuration} */
module.exports = {
  appId: 'org.mobilenet-metal.example',
  copyright: 'Apache-2.0',
  directories: { output: 'release', buildResources: 'packaging' },
  // Node-API: the addons of mobilenet-metal and of sharp run in any Electron as they are.
  npmRebuild: false,
  files: [
    'dist/*.js',
    // Of the package, what runs. It is a link to its sources here; from the registry, less would come anyway.
    `!${ours}/**`,
    `${ours}/package.json`,
    `${ours}/LICENSE`,
    `${ours}/dist/**`,
    `${ours}/models/registry.json`,
    `${ours}/models/*.safetensors`,
    addon,
    // One platform's sharp, where several are installed.
    `!${images}/sharp-*/**`,
    `${images}/sharp-\${platform}-\${arch}/**`,
    `${images}/sharp-libvips-\${platform}-\${arch}/**`,
  ],
  // What the system loads, or is read from outside of the archive, and nothing else.
  asar: { smartUnpack: false },
  asarUnpack: ['**/*.node', `${ours}/models/*.safetensors`, `${images}/**`],
  afterPack: 'packaging/check-addons.cjs',
  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
    resetAdHocDarwinSignature: true,
  },
  mac: {
    category: 'public.app-category.photography',
    // One app for each processor; docs/electron.md tells of universal ones.
    target: ['dmg', 'zip'].map((target) => ({ target, arch: ['x64', 'arm64'] })),
    hardenedRuntime: true,
    entitlements: 'packaging/entitlements.mac.plist',
    entitlementsInherit: 'packaging/entitlements.mac.plist',
    extendInfo: {
      NSCameraUsageDescription: 'The camera’s pictures are shown with what is found in them. They stay on this Mac.',
    },
    fileAssociations: [
      { ext: pictures, name: 'Picture', role: 'Viewer', rank: 'Alternate' },
      { ext: 'safetensors', name: 'Model', role: 'Viewer', rank: 'Alternate' },
    ],
  },
  linux: {
    target: ['AppImage'],
    category: 'Graphics',
    mimeTypes: ['image/avif', 'image/bmp', 'image/gif', 'image/jpeg', 'image/png', 'image/svg+xml', 'image/tiff', 'image/webp'],
  },
};
