import type { DataGrid, DataModel } from '@lumino/datagrid';
import type { Widget } from '@lumino/widgets';

/**
 * Keep the place in a table whose text is edited: JupyterLab makes a new model of the whole text
 * after each edit, and its grid goes to the first cell then.
 */
export function keepPlace(viewer: Widget): void {
  const grid = [...(viewer.layout ?? [])].find(child =>
    child.hasClass('lm-DataGrid')
  ) as DataGrid | undefined;
  const property = grid && propertyOf(grid, 'dataModel');
  if (!grid || !property?.get || !property.set) {
    return;
  }
  const { get, set } = property;
  Object.defineProperty(grid, 'dataModel', {
    configurable: true,
    get: () => get.call(grid) as unknown,
    set: (model: (DataModel & { ready?: Promise<void> }) | null) => {
      const { scrollX, scrollY } = grid;
      set.call(grid, model);
      // A long text is parsed in the background: the place may not be there yet. Short of the last
      // row, which the grid would stay at while rows come.
      grid.scrollTo(scrollX, Math.min(scrollY, grid.maxScrollY - 1));
      const reached = grid.scrollY;
      void model?.ready?.then(() => {
        if (get.call(grid) === model && grid.scrollY === reached) {
          grid.scrollTo(scrollX, scrollY);
        }
      });
    }
  });
}

function propertyOf(
  object: object,
  name: string
): PropertyDescriptor | undefined {
  for (
    let at: object | null = object;
    at;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found) {
      return found;
    }
  }
  return undefined;
}
