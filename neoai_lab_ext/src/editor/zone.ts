import type { IDisposable } from '@lumino/disposable';
import type { editor } from 'monaco-editor/editor';

let zones = 0;

/**
 * Something of its own between two lines of a Monaco editor, as high as what is in it. It lies over
 * the gap that is left for it, since what stands between the lines themselves hears no clicks.
 */
export class Zone implements IDisposable {
  /** `node` goes below the line `after`, from 1; 0 is above the text. */
  constructor(
    private readonly _editor: editor.ICodeEditor,
    readonly node: HTMLElement,
    private _after: number
  ) {
    node.classList.add('neoai-Zone');
    this._widget = {
      getId: () => this._id,
      getDomNode: () => node,
      getPosition: () => null
    };
    _editor.addOverlayWidget(this._widget);
    this._listener = _editor.onDidLayoutChange(() => this._fit());
    this._fit();
    this._observer = new ResizeObserver(() => this._place());
    this._observer.observe(node);
    this._place();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get after(): number {
    return this._after;
  }

  /** Go below another line. */
  move(after: number): void {
    if (after !== this._after || !this._zone) {
      this._after = after;
      this._height = -1;
      this._place();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._observer.disconnect();
    this._listener.dispose();
    this._editor.removeOverlayWidget(this._widget);
    this._editor.changeViewZones(zones => {
      if (this._zone) {
        zones.removeZone(this._zone);
      }
    });
  }

  private _fit(): void {
    const { contentLeft, width, minimap, verticalScrollbarWidth } =
      this._editor.getLayoutInfo();
    const right = minimap.minimapWidth + verticalScrollbarWidth;
    this.node.style.left = `${contentLeft}px`;
    this.node.style.width = `${Math.max(0, width - contentLeft - right)}px`;
  }

  private _place(): void {
    const height = this.node.offsetHeight;
    if (height === this._height || this._isDisposed) {
      return;
    }
    this._height = height;
    this._editor.changeViewZones(zones => {
      if (this._zone) {
        zones.removeZone(this._zone);
      }
      this._zone = zones.addZone({
        afterLineNumber: this._after,
        heightInPx: height,
        domNode: document.createElement('div'),
        showInHiddenAreas: true,
        onDomNodeTop: top => {
          this.node.style.top = `${top}px`;
        }
      });
    });
  }

  private readonly _id = `neoai.zone.${zones++}`;
  private readonly _listener: { dispose(): void };
  private readonly _observer: ResizeObserver;
  private readonly _widget: editor.IOverlayWidget;
  private _height = -1;
  private _isDisposed = false;
  private _zone: string | null = null;
}
