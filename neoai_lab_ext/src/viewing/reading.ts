import { ServerConnection } from '@jupyterlab/services';

/** How much text is handed over at a time, in UTF-16 units: little enough to keep a page smooth. */
const PORTION = 1 << 20;

/** The bytes of a file on the server, whole or in part, as they come. */
export class FileBytes {
  constructor(
    private readonly _url: string,
    private readonly _settings: ServerConnection.ISettings
  ) {}

  /** Bytes `from` up to `to`; a negative `from` counts from the end. Fewer where there are fewer. */
  async head(count: number): Promise<Uint8Array> {
    if (count === 0) {
      return new Uint8Array();
    }
    const reply = await this._ask({ Range: `bytes=0-${count - 1}` });
    return new Uint8Array(await reply.arrayBuffer()).subarray(0, count);
  }

  /**
   * The text of the file, or of a range of it, in portions. A line is never cut between `\r` and
   * `\n`, nor a character in two.
   */
  async *text(
    encoding: string,
    range: string | null,
    signal: AbortSignal
  ): AsyncGenerator<{ text: string; bytes: number }> {
    const reply = await this._ask(
      range === null ? {} : { Range: range },
      signal
    );
    const decoder = new TextDecoder(labelOf(encoding), { ignoreBOM: true });
    let pending = '';
    let bytes = 0;
    const reader = reply.body!.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      pending += value
        ? decoder.decode(value, { stream: true })
        : decoder.decode();
      bytes += value?.length ?? 0;
      while (pending.length > PORTION || (done && pending)) {
        let end = Math.min(PORTION, pending.length);
        if (!(done && end === pending.length)) {
          end -= keptBack(pending, end);
        }
        yield { text: pending.slice(0, end), bytes };
        pending = pending.slice(end);
      }
      if (done) {
        return;
      }
    }
  }

  private async _ask(
    headers: Record<string, string>,
    signal?: AbortSignal
  ): Promise<Response> {
    const reply = await ServerConnection.makeRequest(
      this._url,
      { headers, cache: 'no-store', ...(signal ? { signal } : {}) },
      this._settings
    );
    if (reply.status === 416) {
      return new Response(new Uint8Array());
    }
    if (!reply.ok) {
      throw await ServerConnection.ResponseError.create(reply);
    }
    return reply;
  }
}

/** How many units before `end` belong together with what follows. */
export function keptBack(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  const isLead = last >= 0xd800 && last < 0xdc00;
  return end > 1 && (isLead || last === 0x0d) ? 1 : 0;
}

/** The name of one of the server's encodings for the browser's decoder. */
export function labelOf(encoding: string): string {
  return encoding === 'utf-8-bom' ? 'utf-8' : encoding;
}
