import type { JSX } from 'react';

import type { FoundServer, ProvidersModel } from './model';

/** The model servers on this machine, which are used once they are added. */
export function FoundServers({
  model
}: {
  model: ProvidersModel;
}): JSX.Element {
  const { trans, found } = model;
  return (
    <section className="neoai-Providers-found" aria-busy={found === null}>
      <h2>{trans.__('On This Machine')}</h2>
      <p>
        {trans.__(
          'Model servers that answer at the usual local ports. None is used until you add it.'
        )}
      </p>
      <ul aria-label={trans.__('Model servers on this machine')}>
        {found?.map(server => (
          <Server key={server.base_url} server={server} model={model} />
        ))}
      </ul>
      {found?.length === 0 && (
        <p className="neoai-Providers-empty">
          {trans.__(
            'None answers. Start Ollama, LM Studio, llama.cpp or vLLM, and look again.'
          )}
        </p>
      )}
      <button
        className="jp-Button jp-mod-styled jp-mod-reject"
        aria-disabled={found === null}
        onClick={() => void (found && model.look())}
      >
        {found ? trans.__('Look Again') : trans.__('Looking…')}
      </button>
    </section>
  );
}

function Server({
  server,
  model
}: {
  server: FoundServer;
  model: ProvidersModel;
}): JSX.Element {
  const { title, base_url, models, provider } = server;
  const { trans } = model;
  return (
    <li className="neoai-Provider">
      <div className="neoai-Provider-head">
        <h3>{title}</h3>
        {provider ? (
          <span className="neoai-Provider-state">
            {trans.__('Added as %1', provider)}
          </span>
        ) : (
          <button
            className="jp-Button jp-mod-styled jp-mod-accept"
            aria-label={trans.__('Add %1', title)}
            onClick={() => void model.add(server)}
          >
            {trans.__('Add')}
          </button>
        )}
      </div>
      <p>{base_url}</p>
      <p>
        {models.length > 0
          ? models.slice(0, 6).join(', ')
          : trans.__('No model is loaded.')}
      </p>
    </li>
  );
}
