// SPDX-License-Identifier: Apache-2.0
// Every text a person reads comes from a catalogue; en.ts defines the keys, others must have them all. The language is
// what the person chose on this device, else the first of the browser's that we speak.
import { useSyncExternalStore } from 'react';
import { en, type Catalogue, type Key } from './en';
import { es } from './es';

export type { Key };

export type Language = 'en' | 'es';
const catalogues: Record<Language, Catalogue> = { en, es };
/** Each language by its own name, as who speaks it looks for it. */
export const languages: Record<Language, string> = { en: 'English', es: 'Español' };

const KEY = 'bedrud.language';
const speaks = (code: string | null | undefined): code is Language => !!code && Object.hasOwn(catalogues, code);

function pick(): Language {
  try {
    const chosen = localStorage.getItem(KEY);
    if (speaks(chosen)) return chosen;
  } catch {
    // storage refused: the browser's languages
  }
  return navigator.languages.map((wanted) => wanted.toLowerCase().split('-')[0]).find(speaks) ?? 'en';
}

let language = pick();
let plural = new Intl.PluralRules(language);
const listeners = new Set<() => void>();

function speak(next: Language): void {
  language = next;
  plural = new Intl.PluralRules(next);
  document.documentElement.lang = next;
  listeners.forEach((listener) => listener());
}
speak(language);
window.addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) speak(pick());
});

export function setLanguage(next: Language): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // for this page only
  }
  speak(next);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language now; whoever calls it is drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => language);
}

type Values = Record<string, string | number>;

/** The text of `key`, its `{name}` parts filled from `values`. */
export function t(key: Key, values?: Values): string {
  const text = catalogues[language][key];
  return values ? text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)) : text;
}

/** The stems of keys that come as `<stem>_one` and `<stem>_other`. */
type Stem = Key extends infer K ? (K extends `${infer S}_other` ? S : never) : never;

/** The text for a number of things: `{n}` is that number. */
export function tn(stem: Stem, n: number, values?: Values): string {
  const form = `${stem}_${plural.select(n)}`;
  const key = (form in en ? form : `${stem}_other`) as Key;
  return t(key, { n, ...values });
}

/** A time to wait, in seconds, as people say it: in minutes where it is long. */
export const span = (seconds: number) => (seconds < 90 ? tn('span.seconds', seconds) : tn('span.minutes', Math.ceil(seconds / 60)));

/** A sentence of the server's, which speaks English only: as it is, or quoted. */
export const said = (text: string) => (language === 'en' ? text : t('error.said', { text }));

/** The browser's own kind of the language (en-GB), where it is the same language. */
const region = () => navigator.languages.find((wanted) => wanted.toLowerCase().startsWith(language)) ?? language;

export function formatDate(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' :
    new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** A length of time as clocks show it. */
export function clock(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A number of bytes, in thousands, millions or thousands of millions. */
export function formatSize(bytes: number): string {
  const units = [['recordings.gb', 1e9], ['recordings.mb', 1e6], ['recordings.kb', 1e3]] as const;
  const [key, unit] = units.find(([, least]) => bytes >= least) ?? ['recordings.kb', 1e3];
  return t(key, { size: new Intl.NumberFormat(region(), { maximumFractionDigits: 1 }).format(bytes / unit) });
}

export function formatTime(at: number): string {
  return new Intl.DateTimeFormat(region(), { timeStyle: 'short' }).format(at);
}
