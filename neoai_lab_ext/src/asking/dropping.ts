const INPUT = '.jp-chat-input-container';

/** Pictures that are pasted or dropped into a chat's input go to `take`; text stays the chat's. */
export function takePictures(
  take: (files: readonly File[], input: Element) => void
): void {
  const picturesIn = (data: DataTransfer | null) =>
    [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
  const inputOf = ({ target }: Event) =>
    target instanceof Element ? target.closest(INPUT) : null;
  const onGiven = (event: Event, data: DataTransfer | null) => {
    const input = inputOf(event);
    const files = picturesIn(data);
    // A spreadsheet's clipboard has a picture of its text too: the text is meant.
    if (input && files.length > 0 && !data?.getData('text/plain')) {
      event.preventDefault();
      event.stopPropagation();
      take(files, input);
    }
  };
  document.addEventListener(
    'paste',
    event => onGiven(event, event.clipboardData),
    true
  );
  document.addEventListener(
    'dragover',
    event => {
      if (inputOf(event) && event.dataTransfer?.types.includes('Files')) {
        event.preventDefault();
      }
    },
    true
  );
  document.addEventListener(
    'drop',
    event => onGiven(event, event.dataTransfer),
    true
  );
}
