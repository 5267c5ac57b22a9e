import { LabIcon } from '@jupyterlab/ui-components';

const svg = (content: string, size: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" viewBox="0 0 24 24">${content}</svg>`;

/** A package: the panel and its projects. */
export const projectsIcon = new LabIcon({
  name: 'neoai:projects',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M12 2 3 7v10l9 5 9-5V7zm0 2.300L17.900 7.600 12 10.900 6.100 7.600zM5 9.300l6 3.300v6.500l-6-3.300zm8 9.800v-6.500l6-3.300v6.500z"/>',
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

/** A sheet with a fold and a plus: what begins from a pattern. */
export const templateIcon = new LabIcon({
  name: 'neoai:template',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm0 2v16h11V8.500h-4.500V4zm4.600 6.500h1.800v2.600H15v1.800h-2.600v2.600h-1.800v-2.600H8v-1.800h2.600z"/>',
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
