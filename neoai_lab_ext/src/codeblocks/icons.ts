import { LabIcon } from '@jupyterlab/ui-components';

/** A sheet with a plus and a minus: code that becomes a change of a file. */
export const applyIcon = new LabIcon({
  name: 'neoai:apply',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 2v16h11V8l-4-4zm4.600 3h1.800v2.300h2.300v1.800h-2.300v2.300h-1.800v-2.300H8.300V9.300h2.300zM8.300 15.500h6.400v1.800H8.300z"/></svg>'
});
