import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import { type JSX, useEffect, useId, useRef } from 'react';

import type { NewProjectModel, Template } from './model';
import { QuestionField } from './question';

interface IFormProps {
  model: NewProjectModel;
  trans: TranslationBundle;
}

/** Name, folder, template, and what the template asks. */
export function NewProjectForm({ model, trans }: IFormProps): JSX.Element {
  return (
    <>
      <fieldset className="neoai-New-fields" hidden={model.progress !== null}>
        <label>
          <span>{trans.__('Name')}</span>
          <input
            name="name"
            className="jp-mod-styled"
            value={model.name}
            placeholder={trans.__('My analysis')}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => model.setName(target.value)}
          />
        </label>
        <label>
          <span>{trans.__('Folder')}</span>
          <input
            name="path"
            className="jp-mod-styled"
            value={model.folder}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => model.setFolder(target.value)}
          />
          <small>
            {trans.__(
              'Below the folder that the server serves. It is made if it is not there.'
            )}
          </small>
        </label>
        <Templates model={model} trans={trans} />
        {model.choice === 'elsewhere' && (
          <Elsewhere model={model} trans={trans} />
        )}
        {model.isLooking && !model.inspected && (
          <p className="neoai-New-wait" role="status">
            {trans.__('Reading the template…')}
          </p>
        )}
        {model.inspected?.message && (
          <p className="neoai-New-message">{model.inspected.message}</p>
        )}
        {model.questions.map(question => (
          <QuestionField
            key={`${model.choice}/${question.name}`}
            question={question}
            model={model}
            trans={trans}
          />
        ))}
        {model.runs.length > 0 && <Trust model={model} trans={trans} />}
      </fieldset>
      {model.progress && <Progress model={model} trans={trans} />}
      <Alert text={model.error} />
    </>
  );
}

/** What went wrong, brought into sight. */
function Alert({ text }: { text: string }): JSX.Element {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (text) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [text]);
  return (
    <div ref={node} className="neoai-Form-error" role="alert">
      {text}
    </div>
  );
}

function Templates({ model, trans }: IFormProps): JSX.Element {
  const sources: [string, readonly Template[]][] = [
    ['', model.templates.filter(({ source }) => source === 'shipped')],
    [
      trans.__('Of this server'),
      model.templates.filter(({ source }) => source === 'admin')
    ],
    [
      trans.__('Your own'),
      model.templates.filter(
        ({ source }) => source === 'folder' || source === 'git'
      )
    ]
  ];
  return (
    <fieldset className="neoai-New-templates">
      <legend>{trans.__('Template')}</legend>
      <Card
        model={model}
        value=""
        title={trans.__('Empty project')}
        text={trans.__('Nothing in it yet.')}
      />
      {sources.map(([title, items]) => (
        <div key={title} className="neoai-New-group">
          {title && items.length > 0 && <h4>{title}</h4>}
          {items.map(template => (
            <Card
              key={template.id}
              model={model}
              value={template.id}
              title={template.name}
              text={
                template.description || template.git_url || template.path || ''
              }
            >
              {(template.source === 'folder' || template.source === 'git') && (
                <button
                  type="button"
                  className="neoai-IconButton"
                  title={trans.__('Take “%1” off the list', template.name)}
                  aria-label={trans.__('Take “%1” off the list', template.name)}
                  onClick={() => void model.takeOff(template)}
                >
                  <closeIcon.react tag="span" />
                </button>
              )}
            </Card>
          ))}
        </div>
      ))}
      <Card
        model={model}
        value="elsewhere"
        title={trans.__('Another one…')}
        text={trans.__('Your own or your team’s, in copier’s format.')}
      />
    </fieldset>
  );
}

function Card({
  model,
  value,
  title,
  text,
  children
}: {
  model: NewProjectModel;
  value: string;
  title: string;
  text: string;
  children?: React.ReactNode;
}): JSX.Element {
  const id = useId();
  return (
    <div className="neoai-New-card">
      <label>
        <input
          type="radio"
          name="template"
          value={value}
          checked={model.choice === value}
          aria-describedby={id}
          aria-label={title}
          onChange={() => model.choose(value)}
        />
        <span>
          <b>{title}</b>
          <small id={id}>{text}</small>
        </span>
      </label>
      {children}
    </div>
  );
}

function Elsewhere({ model, trans }: IFormProps): JSX.Element {
  return (
    <div className="neoai-New-elsewhere">
      <label>
        <span>{trans.__('Template’s address')}</span>
        <input
          name="elsewhere"
          className="jp-mod-styled"
          value={model.elsewhere}
          placeholder="https://github.com/owner/template.git"
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => model.setElsewhere(target.value)}
        />
        <small>
          {trans.__(
            'A git repository, or a folder on this server. It has a copier.yml.'
          )}
        </small>
      </label>
      <div className="neoai-New-row">
        <label>
          <span>{trans.__('Version')}</span>
          <input
            name="elsewhere"
            className="jp-mod-styled"
            value={model.version}
            placeholder={trans.__('The latest')}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) =>
              model.setElsewhere(model.elsewhere, target.value)
            }
          />
        </label>
        <button
          type="button"
          className="jp-Button jp-mod-styled jp-mod-reject"
          disabled={!model.elsewhere.trim() || model.isLooking}
          onClick={() => void model.look()}
        >
          {trans.__('Read Template')}
        </button>
      </div>
      {model.inspected && (
        <label className="neoai-Form-check">
          <input
            type="checkbox"
            checked={model.keeps}
            onChange={({ target }) => model.change({ keeps: target.checked })}
          />
          {` ${trans.__('Keep it on the list')}`}
        </label>
      )}
    </div>
  );
}

/** What of the template would run, and whether it may. */
function Trust({ model, trans }: IFormProps): JSX.Element {
  return (
    <fieldset className="neoai-New-trust">
      <legend>{trans.__('This template runs code in your account')}</legend>
      <ul>
        {model.runs.map(({ kind, command }, index) => (
          <li key={index}>
            <small>
              {kind === 'task' ? trans.__('Command') : trans.__('Python code')}
            </small>
            <pre>{command}</pre>
          </li>
        ))}
      </ul>
      <label className="neoai-Form-check">
        <input
          type="checkbox"
          name="trusted"
          checked={model.trusted}
          onChange={({ target }) => model.trust(target.checked)}
        />
        {` ${trans.__('I trust it: run this')}`}
      </label>
      <small>
        {trans.__(
          'It can do what you can: read your files, and use the network. Trust it only if you know where it comes from.'
        )}
      </small>
    </fieldset>
  );
}

function Progress({ model, trans }: IFormProps): JSX.Element {
  const { phase, percent, said } = model.progress!;
  return (
    <div className="neoai-New-progress">
      <progress
        max={100}
        aria-label={trans.__('Making the project')}
        {...(percent === null ? {} : { value: percent })}
      />
      <p role="status">
        {percent === null ? phase : trans.__('%1 %2 %', phase, percent)}
      </p>
      {said && <code>{said}</code>}
    </div>
  );
}
