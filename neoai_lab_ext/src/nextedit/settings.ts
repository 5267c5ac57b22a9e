import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** `schema/next-edit.json` documents these and holds the defaults. */
export interface INextEditSettings {
  enabled: boolean;
  otherFiles: boolean;
  fill: boolean;
}

export const DEFAULTS: INextEditSettings = {
  enabled: true,
  otherFiles: true,
  fill: true
};

/** The settings in force; what the schema could not check is replaced by its default. */
export function readSettings(
  settings: ISettingRegistry.ISettings
): INextEditSettings {
  return {
    ...DEFAULTS,
    ...(settings.composite as Partial<INextEditSettings>)
  };
}
