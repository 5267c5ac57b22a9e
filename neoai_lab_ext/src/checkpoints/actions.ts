import {
  Dialog,
  InputDialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Project } from '../projects';
import type { Comparing } from './comparing';
import type { Checkpoint, History, Version } from './history';
import { chooseChanges } from './choosing';
import { moment } from './moments';

interface IOptions {
  comparing: Comparing;
  history: History;
  trans: TranslationBundle;
}

/** What can be done in the history panel: each asks what it must and says what came of it. */
export class HistoryActions {
  constructor(private readonly _options: IOptions) {}

  async compareVersion(version: Version): Promise<void> {
    const { comparing, history } = this._options;
    await this._told(async () => {
      if (history.path !== null) {
        const label = moment(version.created_at);
        await comparing.withVersion(history.path, version.id, label);
      }
    });
  }

  async compareHead(): Promise<void> {
    const { comparing, history } = this._options;
    await this._told(async () => {
      if (history.path !== null) {
        await comparing.withHead(history.path);
      }
    });
  }

  async restoreVersion(version: Version): Promise<void> {
    const { history, trans } = this._options;
    const name = history.path?.split('/').pop() ?? '';
    await this._told(async () => {
      const before = await history.restoreVersion(version.id);
      Notification.success(
        trans.__('“%1” is as it was, %2.', name, moment(version.created_at)),
        {
          autoClose: 10_000,
          actions: before
            ? [
                {
                  label: trans.__('Undo'),
                  callback: () =>
                    void this._told(async () => {
                      await history.restoreVersion(before);
                    })
                }
              ]
            : []
        }
      );
    });
  }

  async createCheckpoint(project: Project): Promise<void> {
    const { history, trans } = this._options;
    const { button, value } = await InputDialog.getText({
      title: trans.__('New checkpoint of “%1”', project.name),
      label: trans.__('What to call it (you may leave it empty)'),
      okLabel: trans.__('Make Checkpoint')
    });
    if (!button.accept) {
      return;
    }
    await this._told(async () => {
      const made = await history.createCheckpoint(project, value?.trim() ?? '');
      Notification.success(
        trans._n(
          'The checkpoint holds %1 file.',
          'The checkpoint holds %1 files.',
          made.files
        ),
        { autoClose: 5000 }
      );
    });
  }

  /** Show what would change, and restore what the user leaves ticked. */
  async restoreCheckpoint(
    project: Project,
    checkpoint: Checkpoint
  ): Promise<void> {
    const { comparing, history, trans } = this._options;
    const label = checkpoint.label ?? moment(checkpoint.created_at);
    await this._told(async () => {
      const changes = await history.changesSince(project, checkpoint.id);
      if (changes.length === 0) {
        await showDialog({
          title: trans.__('Nothing has changed'),
          body: trans.__('The project is as it was at “%1”.', label),
          buttons: [Dialog.okButton()]
        });
        return;
      }
      const chosen = await chooseChanges({
        title: trans.__('Back to “%1”', label),
        changes,
        trans,
        compare: path =>
          comparing.withCheckpoint(
            project.path ? `${project.path}/${path}` : path,
            checkpoint.id,
            label
          )
      });
      if (chosen === null || chosen.length === 0) {
        return;
      }
      const paths = chosen.length === changes.length ? undefined : chosen;
      await this._restore(project, checkpoint.id, label, paths);
    });
  }

  private async _restore(
    project: Project,
    id: string,
    label: string,
    paths?: string[]
  ): Promise<void> {
    const { history, trans } = this._options;
    const done = await history.restoreCheckpoint(project, id, paths);
    const kept = Object.keys(done.kept).length;
    const text = trans.__(
      'Back to “%1”: %2 restored, %3 removed.',
      label,
      done.restored.length,
      done.removed.length
    );
    const left = Object.entries(done.kept)
      .slice(0, 3)
      .map(([path, reason]) => `${path}: ${reason}`)
      .join('\n');
    Notification.emit(
      kept ? `${text} ${trans.__('Left as they are: %1', left)}` : text,
      kept ? 'warning' : 'success',
      {
        autoClose: 15_000,
        actions: [
          {
            label: trans.__('Undo'),
            callback: () =>
              void this._told(async () => {
                await history.restoreCheckpoint(project, done.undo);
              })
          }
        ]
      }
    );
  }

  private async _told(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const { trans } = this._options;
      await showErrorMessage(trans.__('That did not work'), error as Error);
    }
  }
}
