import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useCallback, useEffect, useState } from 'react';

import type { API, components } from '../api';
import { moment } from '../checkpoints/moments';
import type { Project } from '../projects';
import { explain } from '../projects/errors';

type Conversation = components['schemas']['Conversation'];

export interface IConversationsOptions {
  readonly api: API;
  readonly project: Project;
  readonly trans: TranslationBundle;
  /** Opens a file; relative to the server's root. */
  readonly open: (path: string) => void;
  readonly close: () => void;
}

/** In milliseconds, after the last key. */
const SOON = 200;

export function ConversationsView(options: IConversationsOptions): JSX.Element {
  const { api, project, trans } = options;
  const [query, setQuery] = useState('');
  const [items, setItems] = useState<readonly Conversation[] | null>(null);
  const [error, setError] = useState('');
  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const found = await api.get('/projects/{project_id}/conversations', {
          path: { project_id: project.id },
          query: { q: query },
          signal
        });
        setItems(found.items);
        setError('');
      } catch (reason) {
        if (!signal?.aborted) {
          setError(explain(reason, trans));
        }
      }
    },
    [api, project.id, query, trans]
  );
  useEffect(() => {
    const leaving = new AbortController();
    const timer = setTimeout(() => void load(leaving.signal), SOON);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [load]);
  const act = async (action: () => Promise<unknown>) => {
    try {
      await action();
      await load();
    } catch (reason) {
      setError(explain(reason, trans));
    }
  };
  const above = project.path && project.path !== '.' ? `${project.path}/` : '';
  const path = { project_id: project.id };
  return (
    <div aria-busy={items === null}>
      <input
        type="search"
        className="neoai-Conversations-query jp-mod-styled"
        placeholder={trans.__('Search in all conversations')}
        aria-label={trans.__('Search in all conversations')}
        value={query}
        onChange={event => setQuery(event.target.value)}
      />
      <ul aria-label={trans.__('Conversations')}>
        {items?.map(item => (
          <Row
            key={item.path}
            item={item}
            trans={trans}
            address={addressOf(api, project, item)}
            onOpen={() => {
              options.close();
              options.open(above + item.path);
            }}
            onRename={title =>
              void act(() =>
                api.post('/projects/{project_id}/move', {
                  path,
                  body: { from: item.path, to: renamed(item.path, title) }
                })
              )
            }
            onDelete={() =>
              void act(() =>
                api.delete('/projects/{project_id}/files/{path}', {
                  path: { ...path, path: item.path }
                })
              )
            }
          />
        ))}
        {items?.length === 0 && !error && (
          <li className="neoai-Conversations-empty">
            {query
              ? trans.__('No conversation has these words.')
              : trans.__(
                  'None yet. “Ask NeoAI about Project” in the Projects panel begins one.'
                )}
          </li>
        )}
      </ul>
      <div role="alert" className="neoai-Conversations-error">
        {error}
      </div>
    </div>
  );
}

interface IRowProps {
  readonly item: Conversation;
  readonly trans: TranslationBundle;
  readonly address: string;
  readonly onOpen: () => void;
  readonly onRename: (title: string) => void;
  readonly onDelete: () => void;
}

function Row(props: IRowProps): JSX.Element {
  const { item, trans, address } = props;
  const [title, setTitle] = useState<string | null>(null);
  const cost = item.usage.cost_usd;
  const about = [
    trans._n('%1 message', '%1 messages', item.messages),
    moment(item.updated_at),
    ...(typeof cost === 'number' ? [`$${cost.toFixed(cost < 1 ? 4 : 2)}`] : [])
  ].join(' · ');
  const rename = () => {
    if (title?.trim() && title.trim() !== item.title) {
      props.onRename(title.trim());
    }
    setTitle(null);
  };
  return (
    <li className="neoai-Conversation">
      <span className="neoai-Conversation-what">
        {title === null ? (
          <button
            className="neoai-Conversation-title"
            title={trans.__('Open')}
            onClick={props.onOpen}
          >
            {item.title}
          </button>
        ) : (
          <input
            className="jp-mod-styled"
            aria-label={trans.__('New name')}
            autoFocus
            value={title}
            onChange={event => setTitle(event.target.value)}
            onBlur={rename}
            onKeyDown={event => {
              if (event.key === 'Enter') {
                rename();
              } else if (event.key === 'Escape') {
                event.stopPropagation();
                setTitle(null);
              }
            }}
          />
        )}
        <small>{about}</small>
        <small className="neoai-Conversation-snippet">{item.snippet}</small>
      </span>
      <button onClick={() => setTitle(item.title)}>{trans.__('Rename')}</button>
      <a
        title={trans.__('Download it to read')}
        href={`${address}?format=markdown`}
        download={`${item.title}.md`}
      >
        {trans.__('As Markdown')}
      </a>
      <a
        title={trans.__('Download it with models, usage and versions')}
        href={`${address}?format=json`}
        download={`${item.title}.json`}
      >
        {trans.__('As JSON')}
      </a>
      <button title={trans.__('Move to the trash')} onClick={props.onDelete}>
        {trans.__('Delete')}
      </button>
    </li>
  );
}

function renamed(path: string, title: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}${title.replace(/[/\\]/g, '-')}.chat`;
}

function addressOf(
  { settings }: API,
  project: Project,
  item: Conversation
): string {
  const path = item.path.split('/').map(encodeURIComponent).join('/');
  const id = encodeURIComponent(project.id);
  return `${settings.baseUrl}neoai/v1/projects/${id}/conversations/${path}`;
}
