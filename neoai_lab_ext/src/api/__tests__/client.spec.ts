import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from 'node:http';
import type { AddressInfo } from 'node:net';

import { ServerConnection } from '@jupyterlab/services';

import { API, APIError, NoAnswerError } from '..';

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  body: string
) => void;

let server: Server;
let answer: Answer;
let api: API;
let requests: IncomingMessage[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    let body = '';
    request.on('data', chunk => (body += String(chunk)));
    request.on('end', () => answer(request, response, body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/user/ada/`;
  api = new API(ServerConnection.makeSettings({ baseUrl, token: 'secret' }));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  type = 'application/json'
) {
  response.writeHead(status, { 'Content-Type': type, 'X-Request-ID': 'r1' });
  response.end(JSON.stringify(value));
}

async function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error
  );
}

describe('API', () => {
  it('asks below the base URL with Jupyter’s token and the query', async () => {
    answer = (_, response) =>
      json(response, 200, { items: [], next_cursor: null });
    const page = await api.get('/projects', {
      query: { limit: 5, cursor: 'a b' }
    });
    expect(page.items).toEqual([]);
    const url = new URL(requests[0].url!, 'http://localhost');
    expect(url.pathname).toBe('/user/ada/neoai/v1/projects');
    expect(url.searchParams.get('limit')).toBe('5');
    expect(url.searchParams.get('cursor')).toBe('a b');
    expect(requests[0].headers.authorization).toBe('token secret');
  });

  it('writes path parameters so that they stay one segment’s text', async () => {
    answer = (_, response) => json(response, 200, {});
    await api.get('/projects/{project_id}', { path: { project_id: 'a?b#c' } });
    expect(requests[0].url).toMatch(
      /^\/user\/ada\/neoai\/v1\/projects\/a%3Fb%23c/
    );
  });

  it('tells a problem document’s detail, status, code, request and fields', async () => {
    answer = (_, response) =>
      json(
        response,
        409,
        {
          type: 'urn:neoai:problem:registered',
          title: 'Conflict',
          status: 409,
          detail: 'This folder is a project already.',
          request_id: 'r9',
          project_id: 'p1',
          errors: [{ loc: ['path'], msg: 'taken' }]
        },
        'application/problem+json'
      );
    const error = await refusal(api.post('/projects', { body: { path: 'x' } }));
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      status: 409,
      code: 'registered',
      detail: 'This folder is a project already.',
      requestId: 'r9',
      errors: [{ loc: ['path'], msg: 'taken' }],
      extra: { project_id: 'p1' }
    });
  });

  it('tells of a refusal that is no problem document, such as a proxy’s', async () => {
    answer = (_, response) => {
      response.writeHead(502, { 'Content-Type': 'text/html' });
      response.end('<h1>Bad gateway</h1>');
    };
    const error = await refusal(api.get('/health'));
    expect(error).toMatchObject({
      name: 'APIError',
      status: 502,
      detail: '502 Bad Gateway'
    });
  });

  it('repeats a POST that got no answer once, under the same key', async () => {
    answer = (request, response) => {
      if (requests.length === 1) {
        request.socket.destroy();
      } else {
        json(response, 201, { id: 'p1' });
      }
    };
    const project = await api.post('/projects', { body: { name: 'x' } });
    expect(project.id).toBe('p1');
    const keys = requests.map(request => request.headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
  });

  it('gives every POST a key of its own', async () => {
    answer = (_, response) => json(response, 201, {});
    await api.post('/projects', { body: { name: 'x' } });
    await api.post('/projects', { body: { name: 'x' } });
    expect(requests[0].headers['idempotency-key']).not.toBe(
      requests[1].headers['idempotency-key']
    );
  });

  it('says so when the server does not answer', async () => {
    answer = request => request.socket.destroy();
    expect(await refusal(api.get('/health'))).toBeInstanceOf(NoAnswerError);
  });

  it('ends a call whose signal is aborted', async () => {
    const abort = new AbortController();
    answer = () => abort.abort();
    expect(await refusal(api.get('/health', { signal: abort.signal }))).toBe(
      abort.signal.reason
    );
  });

  it('resolves with nothing for a reply that has no body', async () => {
    answer = (_, response) => {
      response.writeHead(204);
      response.end();
    };
    const gone = await api.delete('/projects/{project_id}', {
      path: { project_id: 'p1' }
    });
    expect(gone).toBeUndefined();
  });
});

describe('API.events', () => {
  const path = { project_id: 'p1' };
  const isLast = (event: { name: string }) => event.name === 'ready';

  function stream(response: ServerResponse, text: string, end = true) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(text);
    if (end) {
      response.end();
    }
  }

  async function names(events: AsyncIterable<{ name: string; id: string }>) {
    const found = [];
    for await (const { id, name } of events) {
      found.push(`${id} ${name}`);
    }
    return found;
  }

  it('yields the events with their JSON, and passes over comments', async () => {
    answer = (_, response) =>
      stream(
        response,
        ': keep-alive\n\nid: 1\nevent: progress\ndata: {"percent": 5}\n\n' +
          'id: 2\r\nevent: ready\r\ndata: {}\r\n\r\n'
      );
    const found = [];
    for await (const event of api.events('/projects/{project_id}/events', {
      path,
      isLast
    })) {
      found.push(event);
    }
    expect(found).toEqual([
      { id: '1', name: 'progress', data: { percent: 5 } },
      { id: '2', name: 'ready', data: {} }
    ]);
  });

  it('takes up a line that broke where it broke', async () => {
    answer = (request, response) => {
      const after = request.headers['last-event-id'];
      if (!after) {
        stream(
          response,
          'id: 7\nevent: progress\ndata: {}\n\nid: 8\nevent: pro'
        );
      } else {
        stream(
          response,
          `id: 8\nevent: ready\ndata: {"after": ${String(after)}}\n\n`
        );
      }
    };
    const events = api.events('/projects/{project_id}/events', {
      path,
      isLast,
      delay: 1
    });
    expect(await names(events)).toEqual(['7 progress', '8 ready']);
    expect(requests).toHaveLength(2);
  });

  it('gives up after so many attempts in vain', async () => {
    answer = request => request.socket.destroy();
    const events = api.events('/projects/{project_id}/events', {
      path,
      isLast,
      delay: 1,
      attempts: 3
    });
    expect(await refusal(names(events))).toBeInstanceOf(NoAnswerError);
    expect(requests).toHaveLength(3);
  });

  it('does not insist when the server refuses', async () => {
    answer = (_, response) =>
      json(response, 404, { detail: 'There is no such project.' });
    const events = api.events('/projects/{project_id}/events', {
      path,
      isLast,
      delay: 1
    });
    expect(await refusal(names(events))).toMatchObject({ status: 404 });
    expect(requests).toHaveLength(1);
  });

  it('ends when its signal is aborted, in the middle of a stream too', async () => {
    const abort = new AbortController();
    answer = (_, response) =>
      stream(response, 'id: 1\nevent: progress\ndata: {}\n\n', false);
    const events = api.events('/projects/{project_id}/events', {
      path,
      isLast,
      signal: abort.signal
    });
    expect((await events.next()).value).toMatchObject({ id: '1' });
    abort.abort();
    expect(await refusal(events.next())).toBe(abort.signal.reason);
  });
});
