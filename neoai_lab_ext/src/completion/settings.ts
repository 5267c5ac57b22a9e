import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** The settings; `schema/completion.json` documents them and holds the defaults. */
export interface ICompletionSettings {
  enabled: boolean;
  /** In milliseconds. */
  debounce: number;
  multiline: boolean;
  languagesOff: string[];
}

export const DEFAULTS: ICompletionSettings = {
  enabled: true,
  debounce: 250,
  multiline: true,
  languagesOff: []
};

export function readSettings(
  settings: ISettingRegistry.ISettings
): ICompletionSettings {
  return {
    ...DEFAULTS,
    ...(settings.composite as Partial<ICompletionSettings>)
  };
}
