// SPDX-License-Identifier: Apache-2.0
// The app's catalogues, and whether what a page says comes from the one of its language.
import { createRequire } from 'node:module';

const web = new URL('../../web/', import.meta.url);
const esbuild = createRequire(new URL('package.json', web))('esbuild');

/** A module of the app as node can load it. */
export async function load(path) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [new URL(path, web).pathname], bundle: true, format: 'esm', write: false, logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const { en } = await load('src/i18n/en.ts');
const { es } = await load('src/i18n/es.ts');
export const catalogues = { en, es };

/** What people and their programs say, in any language: names, room names, links, numbers, devices. */
const own = [
  /^[\d\s.,:·/+-]*$/, /^(UDP|TCP|TLS)$/, /^[^\p{L}]*$/u, /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/, /^(some-room|no--room|any-room)$/,
  /^https?:\/\/\S+$/, /^(English|Español)$/, /^\S+@\S+$/, /^[A-Z?]$/,
  /^(Greta Guest|Administrator): /, /^(Administrator|Greta Guest|Pia Phone|Theo Third|Nora \w+|Hasty|Someone)$/,
];

/** The server speaks English: elsewhere it is quoted. */
const server = /^(The server is about to restart; try again when it is back\.|The recording is empty\.|The recorder failed: page load error)$/;

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function rules(catalogue) {
  const whole = new Set();
  const patterns = [];
  for (const [key, text] of Object.entries(catalogue)) {
    if (key === 'app.title' || key === 'meeting.said') continue; // a page's or a person's words, and nothing of ours
    whole.add(text);
    const parts = text.split(/\{(\w+)\}/);
    if (parts.length === 1) continue;
    patterns.push(new RegExp(`^${parts.map((part, i) => (i % 2 === 0 ? escape(part) : /^(n|pages?)$/.test(part) ? '\\d+' : '.+'))
      .join('')}$`, 's'));
    // A sentence that is broken up by links, or where a number stands in an element of its own
    for (let i = 0; i < parts.length; i += 2) whole.add(parts[i].trim());
  }
  return { whole, patterns };
}

const known = Object.fromEntries(Object.entries(catalogues).map(([code, catalogue]) => [code, rules(catalogue)]));

function isKnown(text, language) {
  const { whole, patterns } = known[language];
  return whole.has(text) || patterns.some((one) => one.test(text)) || own.some((one) => one.test(text)) ||
    (language === 'en' && server.test(text));
}

/** Texts of the page, and names of its controls, that aren't in the catalogue of `language` nor somebody's own words. */
export async function foreign(page, language) {
  const texts = await page.evaluate(() => {
    const found = new Set([document.title.replace(/ · Bedrud$/, '')]);
    const theirs = 'textarea, .line-text, .line-head time, .avatar, kbd, script, style, noscript, ' +
      'select[data-testid^=choose] option, select[data-testid^=device] option';
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node instanceof Element) {
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
          if (node.hasAttribute(name)) found.add(node.getAttribute(name));
        }
      } else if (!node.parentElement.closest(theirs) && node.parentElement.closest('body')) {
        found.add(node.data);
      }
    }
    return [...found];
  });
  return texts.map((text) => text.trim().replace(/^· /, '')).filter((text) => text !== '' &&
    !isKnown(text, language) && !text.split(', ').every((part) => isKnown(part, language)));
}
