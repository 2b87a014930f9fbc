# The addon as `npm install` builds it where there is no prebuilt binary. Developers use CMakeLists.txt.
# The files are native/sources.txt's in both. There are no ISA flags: each ISA file opens its own target region.
# SPDX-License-Identifier: MIT
{
  'targets': [
    {
      'target_name': 'native_conv',
      'sources': [
        '<!@(node -p "require(\'fs\').readFileSync(\'native/sources.txt\', \'utf8\').match(/^native.*/gm).join(\' \')")',
      ],
      'include_dirs': ['native'],
      'dependencies': ['<!(node -p "require(\'node-addon-api\').targets"):node_addon_api_except'],
      'defines': [
        'NAPI_VERSION=9',
        'BUILDING_NODE_EXTENSION',
        'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
        # Else a worker that is terminated during a call ends the process.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags!': ['-O3'],
      'cflags': ['-fvisibility=hidden', '-Wall', '-Wextra'],
      'cflags_cc!': ['-O3', '-std=gnu++17', '-std=gnu++20'],
      # No contraction and no fast-math: one rounding per fma is the contract (docs/decisions.md).
      'cflags_cc': [
        '-std=c++17',
        '-O2',
        '-ffp-contract=off',
        '-fno-math-errno',
        '-fvisibility-inlines-hidden',
      ],
      'configurations': {
        'Release': { 'cflags!': ['-O3'], 'cflags_cc!': ['-O3'] },
      },
      'conditions': [
        ['OS=="linux"', { 'cflags_cc': ['-pthread'], 'libraries': ['-pthread'] }],
      ],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
        'CLANG_CXX_LIBRARY': 'libc++',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_OPTIMIZATION_LEVEL': '2',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'MACOSX_DEPLOYMENT_TARGET': '10.15',
        'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-fno-math-errno', '-Wall', '-Wextra'],
      },
      'msvs_settings': {
        'VCCLCompilerTool': {
          'ExceptionHandling': 1,
          'FloatingPointModel': 0,
          'AdditionalOptions': ['/std:c++17', '/EHsc', '/fp:precise'],
        },
      },
    },
  ],
}
