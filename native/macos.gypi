# What every target says on macOS. Not among binding.gyp's target_defaults: those of Node's common.gypi come after them, and say no
# exceptions, no RTTI and an older system.
{
  'xcode_settings': {
    'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
    'GCC_ENABLE_CPP_RTTI': 'YES',
    'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
    'CLANG_CXX_LIBRARY': 'libc++',
    'MACOSX_DEPLOYMENT_TARGET': '12.0',
  },
}
