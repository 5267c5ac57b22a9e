import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { PathExt } from '@jupyterlab/coreutils';

/** JupyterLab's own text editor, by its factory's name. */
export const JUPYTERLAB_EDITOR = 'Editor';

/**
 * Lets another factory stand in for JupyterLab's text editor wherever that would have opened a
 * file by default, so that notebooks, images, tables and whatever else has a viewer keep theirs,
 * and viewers that a user chose in `defaultViewers` keep the file types they were chosen for.
 *
 * The registry has no call that gives the default for "everything else" back once it is taken
 * (`addWidgetFactory` overwrites it, and disposing clears it): so the order of preference is
 * changed at the one place where it is asked for, and switching takes effect at once.
 */
export class DefaultEditor {
  constructor(
    private readonly _registry: DocumentRegistry,
    private readonly _name: string
  ) {
    const preferred = _registry.preferredWidgetFactories.bind(_registry);
    _registry.preferredWidgetFactories = path =>
      this._preferOurs(path, preferred(path));
  }

  /** Whether our editor opens what JupyterLab's would have. */
  isEnabled = false;

  /** The name of the factory that opens `path` by default. */
  nameFor(path: string): string | undefined {
    return this._registry.preferredWidgetFactories(path)[0]?.name;
  }

  /** Keep to the viewers that JupyterLab's document manager is set to use. */
  followViewers(settings: ISettingRegistry.ISettings): void {
    const read = () => {
      this._chosen = (settings.composite.defaultViewers ?? {}) as Record<
        string,
        string
      >;
    };
    read();
    settings.changed.connect(read);
  }

  private _preferOurs(
    path: string,
    factories: DocumentRegistry.WidgetFactory[]
  ): DocumentRegistry.WidgetFactory[] {
    const first = factories[0];
    if (
      !this.isEnabled ||
      first?.name !== JUPYTERLAB_EDITOR ||
      this._isChosen(path)
    ) {
      return factories;
    }
    const ours = factories.find(factory => factory.name === this._name);
    return ours
      ? [ours, ...factories.filter(factory => factory !== ours)]
      : factories;
  }

  private _isChosen(path: string): boolean {
    return this._registry
      .getFileTypesForPath(PathExt.basename(path))
      .some(type => this._chosen[type.name] === JUPYTERLAB_EDITOR);
  }

  private _chosen: Record<string, string> = {};
}
