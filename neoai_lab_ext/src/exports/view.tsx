import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useCallback, useEffect, useRef, useState } from 'react';

import type { API, components } from '../api';
import { moment, size } from '../checkpoints/moments';
import type { Project } from '../projects';
import { explain } from '../projects/errors';

type Export = components['schemas']['Export'];

/** How often the list is read while an export is on its way. */
const EVERY_MS = 1000;
const MOST = 100;

interface IViewProps {
  api: API;
  project: Project;
  trans: TranslationBundle;
}

/** The exports that are kept and those on their way, and a button for another one. */
export function ExportsView({ api, project, trans }: IViewProps): JSX.Element {
  const [items, setItems] = useState<Export[] | null>(null);
  const [error, setError] = useState('');
  const keep = useRef<HTMLButtonElement>(null);
  const path = { project_id: project.id };
  const load = useCallback(async () => {
    try {
      const page = await api.get('/projects/{project_id}/exports', {
        path: { project_id: project.id },
        query: { limit: MOST }
      });
      setItems(page.items);
    } catch (reason) {
      setItems(known => known ?? []);
      setError(explain(reason, trans));
    }
  }, [api, project.id, trans]);
  useEffect(() => void load(), [load]);
  const isUnderWay = items?.some(({ state }) => state === 'running') ?? false;
  useEffect(() => {
    const timer = isUnderWay ? window.setInterval(load, EVERY_MS) : 0;
    return () => window.clearInterval(timer);
  }, [isUnderWay, load]);

  const act = async (action: () => Promise<unknown>) => {
    setError('');
    try {
      await action();
    } catch (reason) {
      setError(explain(reason, trans));
    }
    await load();
  };
  const on = (item: Export) => ({ path: { ...path, export_id: item.id } });
  return (
    <div aria-busy={items === null}>
      <button
        ref={keep}
        className="neoai-Exports-keep jp-mod-styled"
        onClick={() =>
          void act(() =>
            api.post('/projects/{project_id}/exports', { path, body: {} })
          )
        }
      >
        {trans.__('Keep an Export Now')}
      </button>
      <ul className="neoai-Exports-list" aria-label={trans.__('Kept exports')}>
        {items?.map(item => (
          <Row
            key={item.id}
            item={item}
            trans={trans}
            address={contentOf(api, project, item)}
            onCancel={() =>
              void act(() =>
                api.post(
                  '/projects/{project_id}/exports/{export_id}/cancel',
                  on(item)
                )
              )
            }
            onResume={() =>
              void act(() =>
                api.post(
                  '/projects/{project_id}/exports/{export_id}/resume',
                  on(item)
                )
              )
            }
            onDelete={() => {
              // The button goes with its row: the keyboard goes on at the top.
              keep.current?.focus();
              void act(() =>
                api.delete(
                  '/projects/{project_id}/exports/{export_id}',
                  on(item)
                )
              );
            }}
          />
        ))}
        {items?.length === 0 && !error && (
          <li className="neoai-Exports-empty">
            {trans.__(
              'None yet. An export is a zip archive of the project, without what .gitignore leaves out.'
            )}
          </li>
        )}
      </ul>
      <div role="alert" className="neoai-Exports-error">
        {error}
      </div>
    </div>
  );
}

interface IRowProps {
  item: Export;
  trans: TranslationBundle;
  address: string;
  onCancel: () => void;
  onResume: () => void;
  onDelete: () => void;
}

function Row(props: IRowProps): JSX.Element {
  const { item, trans, address, onCancel, onResume, onDelete } = props;
  const when = moment(item.created_at);
  const percent = Math.round(item.progress * 100);
  const detail = {
    running: trans.__('%1 % done', percent),
    ready: size(item.bytes),
    failed: item.error ?? trans.__('It failed.'),
    cancelled: trans.__('Cancelled')
  }[item.state];
  return (
    <li className={`neoai-Exports-row neoai-mod-${item.state}`}>
      <span className="neoai-Exports-what">
        {when}
        <small>{detail}</small>
      </span>
      {item.state === 'running' && (
        <>
          <progress
            max={100}
            value={percent}
            aria-label={trans.__('The export of %1', when)}
          />
          <button className="jp-mod-styled" onClick={onCancel}>
            {trans.__('Cancel')}
          </button>
        </>
      )}
      {item.state === 'ready' && (
        <a className="jp-mod-styled" href={address} download>
          {trans.__('Download')}
        </a>
      )}
      {item.resumable && (
        <button className="jp-mod-styled" onClick={onResume}>
          {trans.__('Go On')}
        </button>
      )}
      {item.state !== 'running' && (
        <button
          className="jp-mod-styled"
          aria-label={trans.__('Delete the export of %1', when)}
          onClick={onDelete}
        >
          {trans.__('Delete')}
        </button>
      )}
    </li>
  );
}

function contentOf({ settings }: API, project: Project, item: Export): string {
  const parts = ['projects', project.id, 'exports', item.id, 'content'];
  const address = parts.map(encodeURIComponent).join('/');
  return `${settings.baseUrl}neoai/v1/${address}`;
}
