/** The parts of Monaco that it has no public door to, and that we go through all the same. */
declare module 'monaco-editor/editor/standalone/browser/standaloneServices.js' {
  export const StandaloneServices: {
    get(service: unknown): unknown;
  };
}

declare module 'monaco-editor/editor/common/services/languageFeatures.js' {
  export const ILanguageFeaturesService: unknown;
}
