# Sources and flags stand once, in native/sources.json; native/CMakeLists.txt reads the same list.
{
  # Headers of Node builds without OpenSSL's FIPS module ask for it and do not define it.
  'variables': {'openssl_fips': ''},
  'target_defaults': {
    'include_dirs': ['native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
    'defines': [
      'NAPI_VERSION=8',
      'NODE_ADDON_API_CPP_EXCEPTIONS',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      # A worker that is being terminated cannot throw.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      # Electron forbids buffers whose memory V8 does not own.
      'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
    ],
    'cflags!': ['-O2'],
    'cflags_cc!': ['-O2', '-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20', '-fno-omit-frame-pointer'],
  },
  'targets': [
    {
      'target_name': 'mobilenet',
      'includes': ['native/macos.gypi'],
      'sources': ['<!@(node native/list-sources.js sources core cpu addon)', '<!@(node native/list-sources.js kernel-sources portable)'],
      'cflags_cc': ['<!@(node native/list-sources.js flags)'],
      'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node native/list-sources.js flags)']},
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['kernels_avx2', 'kernels_avx512']}],
        ['target_arch=="arm64"', {'dependencies': ['kernels_neon']}],
        ['OS=="mac"', {
          'sources': ['<!@(node native/list-sources.js sources metal)', '<(SHARED_INTERMEDIATE_DIR)/kernel_source.cc'],
          # The kernels travel as text and are compiled when a session is made: nobody needs Xcode's metal tool.
          'actions': [{
            'action_name': 'embed_kernels',
            'inputs': ['native/metal/embed-kernels.js', '<!@(node native/list-sources.js metal-kernels)'],
            'outputs': ['<(SHARED_INTERMEDIATE_DIR)/kernel_source.cc'],
            'action': ['node', 'native/metal/embed-kernels.js', '<@(_outputs)'],
          }],
          'defines': ['MOBILENET_CLASS_SUFFIX=<!(node native/list-sources.js class-suffix)'],
          'xcode_settings': {'CLANG_ENABLE_OBJC_ARC': 'YES'},
          # CoreGraphics: MTLCreateSystemDefaultDevice finds no GPU without it.
          'libraries': ['-framework Foundation', '-framework Metal', '-framework MetalPerformanceShaders', '-framework CoreGraphics'],
        }, {
          'sources': ['<!@(node native/list-sources.js sources no_metal)'],
        }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'includes': ['native/macos.gypi'],
          'type': 'static_library',
          'sources': ['<!@(node native/list-sources.js kernel-sources avx2)'],
          'cflags_cc': ['<!@(node native/list-sources.js kernel-flags avx2)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node native/list-sources.js kernel-flags avx2)']},
        },
        {
          'target_name': 'kernels_avx512',
          'includes': ['native/macos.gypi'],
          'type': 'static_library',
          'sources': ['<!@(node native/list-sources.js kernel-sources avx512)'],
          'cflags_cc': ['<!@(node native/list-sources.js kernel-flags avx512)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node native/list-sources.js kernel-flags avx512)']},
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        {
          'target_name': 'kernels_neon',
          'includes': ['native/macos.gypi'],
          'type': 'static_library',
          'sources': ['<!@(node native/list-sources.js kernel-sources neon)'],
          'cflags_cc': ['<!@(node native/list-sources.js kernel-flags neon)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node native/list-sources.js kernel-flags neon)']},
        },
      ],
    }],
  ],
}
