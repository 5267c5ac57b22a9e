const esm = [
  'monaco-editor',
  'lib0',
  'yjs',
  '@jupyter',
  '@jupyterlab',
  'y-protocols'
].join('|');

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/neoai_lab_ext/src'],
  testRegex: '/__tests__/.*\\.spec\\.ts$',
  transform: {
    '\\.[jt]s$': [
      'ts-jest',
      {
        tsconfig: {
          module: 'CommonJS',
          allowJs: true,
          isolatedModules: true,
          target: 'ES2022',
          esModuleInterop: true
        },
        diagnostics: false
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm})/)`]
};
