/**
 * All of Monaco's features and languages. What is fetched on demand and uses Monaco imports this
 * before it: Monaco knows what is registered when it is used first, and nothing that comes later.
 */
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/register.all';
