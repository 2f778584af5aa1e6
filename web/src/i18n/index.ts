// SPDX-License-Identifier: Apache-2.0
// Every text a person reads comes from a catalogue; en.ts defines the keys, others must have them all.
import { en, type Catalogue, type Key } from './en';

export type { Key };

const catalogues: Record<string, Catalogue> = { en };

function pick(): [string, Catalogue] {
  for (const wanted of navigator.languages ?? ['en']) {
    const code = wanted.toLowerCase().split('-')[0] ?? 'en';
    const found = catalogues[code];
    if (found) return [code, found];
  }
  return ['en', en];
}

export const [language, texts] = pick();
const plural = new Intl.PluralRules(language);

type Values = Record<string, string | number>;

/** The text of `key`, its `{name}` parts filled from `values`. */
export function t(key: Key, values?: Values): string {
  const text = texts[key];
  return values ? text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)) : text;
}

/** The stems of keys that come as `<stem>_one` and `<stem>_other`. */
type Stem = Key extends infer K ? (K extends `${infer S}_other` ? S : never) : never;

/** The text for a number of things: `{n}` is that number. */
export function tn(stem: Stem, n: number, values?: Values): string {
  const form = `${stem}_${plural.select(n)}`;
  const key = (form in texts ? form : `${stem}_other`) as Key;
  return t(key, { n, ...values });
}

export function formatDate(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' :
    new Intl.DateTimeFormat(navigator.language, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

export function formatTime(at: number): string {
  return new Intl.DateTimeFormat(navigator.language, { timeStyle: 'short' }).format(at);
}
