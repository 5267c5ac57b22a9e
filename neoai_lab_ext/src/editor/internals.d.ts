/** The parts of Monaco that it has no public door to, and that we go through all the same. */
declare module 'monaco-editor/editor/standalone/browser/standaloneServices.js' {
  export const StandaloneServices: {
    get(service: unknown): unknown;
  };
}

declare module 'monaco-editor/editor/common/services/languageFeatures.js' {
  export const ILanguageFeaturesService: unknown;
}

declare module 'monaco-editor/editor/browser/services/bulkEditService.js' {
  export const IBulkEditService: unknown;
}

declare module 'monaco-editor/base/browser/keyboardEvent.js' {
  export class StandardKeyboardEvent {
    constructor(event: KeyboardEvent);
  }
}

declare module 'monaco-editor/platform/keybinding/common/keybinding.js' {
  export const IKeybindingService: unknown;
}
