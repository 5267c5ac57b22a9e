import { Matcher } from './matcher';
import type { IAnswer, IRequest } from './names';

let matcher = new Matcher([]);

self.onmessage = ({ data }: MessageEvent<IRequest>) => {
  if (data.folders) {
    matcher = new Matcher(pathsOf(data.folders));
  }
  const { id, query, limit, recent } = data;
  const answer: IAnswer = { id, ...matcher.match(query, limit, recent) };
  self.postMessage(answer);
};

function pathsOf(folders: readonly string[][]): string[] {
  const paths: string[] = [];
  for (const [folder, ...names] of folders) {
    for (const name of names) {
      paths.push(folder + name);
    }
  }
  return paths;
}
