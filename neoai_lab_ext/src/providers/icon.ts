import { LabIcon } from '@jupyterlab/ui-components';

/** A key. */
export const providersIcon = new LabIcon({
  name: 'neoai:providers',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M7.500 6a6 6 0 1 0 5.660 8H15v2.500h3V14h1v2.500h3V10h-8.840A6 6 0 0 0 7.500 6zm0 3.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z"/></svg>'
});
