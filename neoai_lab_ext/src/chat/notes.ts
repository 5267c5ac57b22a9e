import type { ISignal } from '@lumino/signaling';

export const PERSONA = 'jupyter-ai-personas::neoai_server_ext::NeoAIPersona';

/** Something that went along with a question. */
export interface IUsed {
  kind: string;
  name: string;
  tokens: number;
  cut: number;
  note: string;
}

/** What a message of the chat knows of itself: see `ai/chat/notes.py`. */
export interface INote {
  answers?: string;
  model?: string;
  usage?: {
    input_tokens?: number;
    output_tokens?: number;
    cost_usd?: number | null;
  };
  context?: readonly IUsed[];
  versions?: readonly unknown[];
  shown?: number;
}

/** A message of Jupyter's chat, as far as it is used here. */
export interface IMessage {
  readonly id: string;
  readonly body: string;
  readonly deleted?: boolean;
  readonly sender: { username: string };
  readonly metadata?: Record<string, unknown>;
  readonly content: object;
  readonly changed?: ISignal<unknown, void>;
}

/** A chat, as its footers see it. */
export interface IModel {
  /** The chat's file, with its drive before a colon at times. */
  readonly name: string;
  readonly user?: { username: string };
  readonly messages: readonly IMessage[];
  updateMessage?(id: string, message: object): unknown;
}

/** What a reply of NeoAI's knows of itself; null for any other message. */
export function noteOf(
  message: Pick<IMessage, 'metadata' | 'sender'>
): INote | null {
  const note = message.metadata?.neoai as INote | undefined;
  return message.sender.username === PERSONA && note?.answers ? note : null;
}

/** Whether a message was sent to NeoAI by this page's user. */
export function isOwnQuestion(message: IMessage, model: IModel): boolean {
  return (
    message.metadata?.to_persona === PERSONA &&
    message.sender.username === model.user?.username
  );
}

export function pathOf(model: { readonly name: string }): string {
  return model.name.replace(/^[\w-]+:/, '');
}

/** `1,234 tokens`, `$0.0021`: what a reply took, and what went along by name. */
export function taken(note: INote): string[] {
  const { input_tokens = 0, output_tokens = 0, cost_usd } = note.usage ?? {};
  const total = input_tokens + output_tokens;
  const said = total ? [`${total.toLocaleString('en')} tokens`] : [];
  if (typeof cost_usd === 'number') {
    said.push(`$${cost_usd.toFixed(cost_usd < 0.01 ? 4 : 2)}`);
  }
  return said;
}
