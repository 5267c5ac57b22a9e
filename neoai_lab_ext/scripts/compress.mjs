// Puts a gzipped copy beside every text file of the built extension; the server sends that one.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = new URL('../labextension/static/', import.meta.url).pathname;
const isText = /\.(js|mjs|css|json|map|svg|ttf|txt|wasm)$/;

for (const name of readdirSync(folder).filter(name => isText.test(name))) {
  const file = join(folder, name);
  const content = readFileSync(file);
  const packed = gzipSync(content, { level: 9 });
  if (packed.length < content.length * 0.95) {
    writeFileSync(`${file}.gz`, packed);
  }
}
