// SPDX-License-Identifier: Apache-2.0
// Builds the browser app into dist/: index.html and assets/<name>-<hash>.<ext>.
// usage: node build.mjs [--watch] [--outdir DIR]
import { build, context } from 'esbuild';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const outAt = args.indexOf('--outdir');
const dist = resolve(outAt >= 0 && args[outAt + 1] ? args[outAt + 1] : join(here, 'dist'));
const watch = args.includes('--watch');
const work = watch ? dist : `${dist}.new-${process.pid}`;

const options = {
  absWorkingDir: here,
  entryPoints: { main: 'src/main.tsx', favicon: 'src/favicon.svg' },
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2021', 'chrome100', 'firefox102', 'safari15.4'],
  jsx: 'automatic',
  outdir: join(work, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  loader: { '.svg': 'copy', '.worker.js': 'file' },
  publicPath: '/assets',
  define: { 'process.env.NODE_ENV': '"production"' },
  minify: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};

/** The page: the only file whose name carries no hash; what it names does. */
async function writePage(metafile) {
  const outputs = Object.entries(metafile.outputs);
  const url = (file) => '/' + relative(work, resolve(here, file)).split('\\').join('/');
  const of = (entry) => outputs.find(([, o]) => o.entryPoint === entry);
  const main = of('src/main.tsx');
  const icon = outputs.find(([file]) => file.endsWith('.svg'));
  if (!main || !icon) throw new Error('the build has no main script or no icon');
  const preload = main[1].imports
    .filter((i) => i.kind === 'import-statement')
    .map((i) => `  <link rel="modulepreload" href="${url(i.path)}">\n`)
    .join('');
  const style = main[1].cssBundle
    ? `  <link rel="stylesheet" href="${url(main[1].cssBundle)}">\n`
    : '';
  const head =
    `  <link rel="icon" type="image/svg+xml" href="${url(icon[0])}">\n` + style + preload +
    `  <script type="module" src="${url(main[0])}"></script>\n`;
  const page = await readFile(join(here, 'src/index.html'), 'utf8');
  await writeFile(join(work, 'index.html'), page.replace('  <!-- assets -->\n', () => head));
}

if (watch) {
  const page = {
    name: 'page',
    setup: (b) => b.onEnd((r) => (r.metafile ? writePage(r.metafile) : undefined)),
  };
  await mkdir(dist, { recursive: true });
  await (await context({ ...options, plugins: [page] })).watch();
} else {
  // Built beside and moved into place, so that a failed build leaves the last good one.
  try {
    const result = await build(options);
    await writePage(result.metafile);
    await rm(dist, { recursive: true, force: true });
    await rename(work, dist);
    for (const [file, o] of Object.entries(result.metafile.outputs)) {
      if (/\.(js|css)$/.test(file)) {
        const name = relative(work, resolve(here, file));
        console.log(`${String(Math.ceil(o.bytes / 1024)).padStart(6)} kB  ${name}`);
      }
    }
  } catch (err) {
    await rm(work, { recursive: true, force: true });
    console.error(`build failed: ${err.message}`);
    process.exit(1);
  }
}
