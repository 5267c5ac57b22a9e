/**
 * Monaco's real text model, without a page: its own classes, put together by hand.
 */
import type { editor } from 'monaco-editor/editor';
// @ts-expect-error Monaco ships no types for its inner modules.
import { LanguageService } from 'monaco-editor/editor/common/services/languageService';
// @ts-expect-error as above
import {
  LanguageConfigurationService,
  ILanguageConfigurationService
} from 'monaco-editor/editor/common/languages/languageConfigurationRegistry';
// @ts-expect-error as above
import { ILanguageService } from 'monaco-editor/editor/common/languages/language';
// @ts-expect-error as above
import { ITreeSitterLibraryService } from 'monaco-editor/editor/common/services/treeSitter/treeSitterLibraryService';
// @ts-expect-error as above
import { TextModel } from 'monaco-editor/editor/common/model/textModel';
// @ts-expect-error as above
import { IConfigurationService } from 'monaco-editor/platform/configuration/common/configuration';
// @ts-expect-error as above
import { InstantiationService } from 'monaco-editor/platform/instantiation/common/instantiationService';
// @ts-expect-error as above
import { ServiceCollection } from 'monaco-editor/platform/instantiation/common/serviceCollection';
// @ts-expect-error as above
import { UndoRedoService } from 'monaco-editor/platform/undoRedo/common/undoRedoService';

/** A model with `text`, as `monaco.editor.createModel` makes it. */
export function createModel(text: string): editor.ITextModel {
  const configuration = {
    getValue: () => ({}),
    onDidChangeConfiguration: () => ({ dispose: () => undefined })
  };
  const languages = new LanguageService();
  const languageConfiguration = new LanguageConfigurationService(
    configuration,
    languages
  );
  const services = new ServiceCollection(
    [IConfigurationService, configuration],
    [ILanguageService, languages],
    [ILanguageConfigurationService, languageConfiguration],
    [
      ITreeSitterLibraryService,
      { supportsLanguage: () => false, getParserClass: () => null }
    ]
  );
  return new TextModel(
    text,
    'plaintext',
    TextModel.DEFAULT_CREATION_OPTIONS,
    null,
    new UndoRedoService({}, {}),
    languages,
    languageConfiguration,
    new InstantiationService(services)
  );
}
