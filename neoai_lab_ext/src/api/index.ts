export { API } from './client';
export { APIError, type FieldError, NoAnswerError } from './errors';
export type { IServerEvent } from './events';
export type { components } from './schema';
