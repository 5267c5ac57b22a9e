/** The commands of the AI providers. */
export const CommandIDs = { show: 'neoai:show-providers' } as const;

/** Where a link in a chat leads that means the page of providers. */
export const PAGE_FRAGMENT = '#neoai-providers';
