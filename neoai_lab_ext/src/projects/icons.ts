import { LabIcon } from '@jupyterlab/ui-components';

const svg = (content: string, size: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" viewBox="0 0 24 24">${content}</svg>`;

/** A folder with a spark: the panel and its projects. */
export const projectsIcon = new LabIcon({
  name: 'neoai:projects',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M20 6h-8l-2-2H4a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2zm0 12H4V8h16zm-8-9.500 1.250 3.250L16.500 13l-3.250 1.250L12 17.500l-1.250-3.250L7.500 13l3.250-1.250z"/>',
    16
  )
});

/** An arrow into a tray: a repository that comes from elsewhere. */
export const cloneIcon = new LabIcon({
  name: 'neoai:clone',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M6 3a3 3 0 0 0-1 5.830v6.340a3 3 0 1 0 2 0V13.700a6 6 0 0 0 3.500 1.300h4.670a3 3 0 1 0 0-2H10.500A3.500 3.500 0 0 1 7 9.500v-.67A3 3 0 0 0 6 3zm0 2a1 1 0 1 1 0 2 1 1 0 0 1 0-2zm12 8a1 1 0 1 1 0 2 1 1 0 0 1 0-2zM6 17a1 1 0 1 1 0 2 1 1 0 0 1 0-2z"/>',
    16
  )
});

/** A speech bubble with a spark: a question to NeoAI. */
export const chatIcon = new LabIcon({
  name: 'neoai:ask',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H8l-4.300 3.440A1 1 0 0 1 2 20.670V5a2 2 0 0 1 2-2zm8 3-1.300 3.200L7.500 10.500l3.200 1.300L12 15l1.300-3.200 3.200-1.300-3.200-1.300z"/>',
    16
  )
});
