// SPDX-License-Identifier: Apache-2.0
// What every test here needs: browsers with a made-up camera, people in them, and conditions to wait for.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { camera } from './camera.mjs';
import { chromium } from 'playwright-core';

const { env } = process;
export const base = (env.BEDRUD_URL ?? 'http://localhost:8090').replace(/\/$/, '');
export const shots = env.SCREENSHOT_DIR ?? env.BEDRUD_SCREENSHOTS ?? 'screenshots';
mkdirSync(shots, { recursive: true });

/** The first superadmin, as quickstart wrote it down. */
export function admin() {
  const file = env.BEDRUD_ADMIN_JSON ?? (env.BEDRUD_STATE && join(env.BEDRUD_STATE, 'admin.json')) ?? '../../var/admin.json';
  return JSON.parse(readFileSync(file, 'utf8'));
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** LiveKit's own API, by way of the web server's proxy, with the rights of a moderator of `room`. */
async function roomService(method, room, body) {
  const config = readFileSync(join(env.BEDRUD_STATE ?? '../../var', 'config.yaml'), 'utf8');
  const [key, secret] = ['apiKey', 'apiSecret'].map((name) => {
    const found = new RegExp(`^ +${name}: *["']?([^"'\\s]+)`, 'm').exec(config);
    assert.ok(found, `config.yaml has no livekit.${name}`);
    return found[1];
  });
  const now = Math.floor(Date.now() / 1000);
  const said = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({
    iss: key, nbf: now - 10, exp: now + 60, video: { roomAdmin: true, room },
  })}`;
  const token = `${said}.${createHmac('sha256', secret).update(said).digest('base64url')}`;
  const reply = await fetch(`${base}/livekit/twirp/livekit.RoomService/${method}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ room, ...body }),
  });
  assert.equal(reply.status, 200, await reply.text());
}

/** Removes a participant as a moderator would. */
export const remove = (room, identity) => roomService('RemoveParticipant', room, { identity });

/** Says a word to all in the room as the server does. */
export async function tell(room, word) {
  const data = Buffer.from(JSON.stringify(word)).toString('base64');
  await roomService('SendData', room, { data, kind: 'RELIABLE', topic: 'system' });
}

/** The same, then removes `identity`. */
export async function say(room, word, identity) {
  await tell(room, word);
  await remove(room, identity);
}

const bedrudctl = (input, args) => execFileSync(env.BEDRUD_PREFIX ? join(env.BEDRUD_PREFIX, 'bin/bedrudctl') : 'bedrudctl',
  ['--config', join(env.BEDRUD_STATE ?? '../../var', 'config.yaml'), ...args], { encoding: 'utf8', input });

/** What an administrator does in a shell: bedrudctl with the house's configuration. */
export const ctl = (...args) => bedrudctl('', args);

/** A new account, as signIn() wants it. */
export function account(name) {
  const [email, password] = [`${randomBytes(6).toString('hex')}@bedrud.localhost`, randomBytes(12).toString('hex')];
  bedrudctl(password, ['user', 'create', '--email', email, '--name', name, '--password-file', '-']);
  return { email, password };
}

/** The process id of the house's LiveKit: the one that runs with the file which its launcher wrote. */
export function livekit() {
  const state = env.BEDRUD_STATE ?? '../../var';
  const file = readFileSync(join(state, 'livekit-launcher.file'), 'utf8').trim().split('\n')[0];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (args[args.indexOf('--config') + 1] === file && args.includes('--config')) return Number(pid);
    } catch {
      // gone meanwhile
    }
  }
  return 0;
}

/** Says in the launcher's status file that LiveKit drains before a restart; resolves to what takes that back. */
export function drain() {
  const file = join(env.BEDRUD_STATE ?? '../../var', 'livekit-launcher.status');
  const before = existsSync(file) ? readFileSync(file) : null;
  writeFileSync(file, `{"state":"draining","drainUntil":${Math.floor(Date.now() / 1000) + 600}}`);
  return () => (before ? writeFileSync(file, before) : rmSync(file));
}

/** The process that started `pid`. */
export const parent = (pid) => Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @axe-core finds no violation on the page as it is now. */
export async function accessible(page, what) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`));
  assert.deepEqual(violations, [], what);
}

/** devices: how many made-up cameras and microphones there are; ask: nobody answers questions for permission. */
export function openBrowser({ devices, ask = false, more = [] } = {}) {
  const args = [`--use-fake-device-for-media-stream${devices === undefined ? '' : `=device-count=${devices}`}`,
    ...(devices === undefined ? [`--use-file-for-fake-video-capture=${camera()}`] : []), ...(ask ? [] : ['--use-fake-ui-for-media-stream']), '--lang=en-US', '--auto-accept-this-tab-capture',
    '--disable-dev-shm-usage', ...more];
  return chromium.launch({
    executablePath: env.CHROMIUM ?? '/usr/bin/chromium',
    args,
    chromiumSandbox: false, // it needs rights that neither root nor a container has, and these pages are our own
  });
}

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const desk = { viewport: { width: 1280, height: 800 } };

/** One person at one device: a context of their own, so that nobody shares cookies. */
export async function person(browser, { onPhone = false, dark = false, allowed = ['camera', 'microphone'], ...more } = {}) {
  const context = await browser.newContext({
    ...(onPhone ? phone : desk), locale: 'en-US', colorScheme: dark ? 'dark' : 'light', ignoreHTTPSErrors: true, ...more,
  });
  context.setDefaultTimeout(30_000);
  await context.grantPermissions([...allowed, 'clipboard-read', 'clipboard-write'], { origin: base });
  // The page's peer connections, kept where the test can read their statistics.
  await context.addInitScript(() => {
    window.testConnections = [];
    window.testChannels = [];
    window.testViolations = [];
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(...args) {
        super(...args);
        window.testConnections.push(this);
      }

      createDataChannel(...args) {
        const channel = super.createDataChannel(...args);
        window.testChannels.push(channel);
        return channel;
      }
    };
    document.addEventListener('securitypolicyviolation', (e) => {
      window.testViolations.push(`${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile ?? ''}`);
    });
  });
  const page = await context.newPage();
  const problems = [];
  context.on('weberror', (err) => problems.push(`page error: ${err.error().message}`));
  context.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) problems.push(message.text());
  });
  return { context, page, problems };
}

/** Nothing broke on this person's pages, and nothing asked for what the page's policy forbids. */
export async function wasFine({ page, problems }) {
  const violations = await page.evaluate(() => window.testViolations ?? []);
  assert.deepEqual([...problems, ...violations], []);
}

export const on = (page, id) => page.getByTestId(id);

/** Changes the page's language as another tab would, or with null to the browser's again. */
export async function speak(page, language) {
  await page.evaluate((code) => {
    if (code) localStorage.setItem('bedrud.language', code);
    else localStorage.removeItem('bedrud.language');
    window.dispatchEvent(new StorageEvent('storage', { key: 'bedrud.language' }));
  }, language);
  if (language) await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
}

/** The page is no wider than its window. */
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${what} is ${over}px wider than its window`);
}

/** One picture of the page as it is. */
export async function picture(page, name) {
  // A panel that slides in has arrived; reactions are seen as they float.
  await page.waitForFunction(() => document.getAnimations().every((one) => one.animationName !== 'sheet'));
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/**
 * Looks at a page in both languages, light and dark, on a narrow phone and a wide screen: axe-core finds no violation,
 * every word is of that language, nothing is wider than its window. Leaves pictures, and the page as it was.
 * before: what brings a thing that goes by itself back, done before each look; narrow: false where the thing isn't there
 * on a phone.
 */
export async function shot(page, name, { before = async () => undefined, narrow = true } = {}) {
  const { foreign } = await import('./words.mjs'); // needs the app's sources and esbuild
  const size = page.viewportSize();
  const faults = [];
  const judge = (fine) => fine.catch((err) => faults.push(err.message));
  for (const language of ['en', 'es']) {
    await speak(page, language);
    for (const colorScheme of ['light', 'dark']) {
      const look = `${name}-${language}-${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      await before();
      await picture(page, look);
      await judge(accessible(page, look));
      for (const text of await foreign(page, language)) faults.push(`${look}: not in the catalogue: ${text}`);
      await judge(fits(page, look));
    }
  }
  if (size.width >= 1000) {
    for (const [width, height, look] of narrow ? [[320, 640, 'narrow'], [2560, 1440, 'wide']] : [[2560, 1440, 'wide']]) {
      await page.setViewportSize({ width, height });
      await before();
      await picture(page, `${name}-${look}`);
      await judge(fits(page, `${name}-${look}`));
    }
    await page.setViewportSize(size);
  }
  await page.emulateMedia({ colorScheme: null });
  await speak(page, null);
  assert.deepEqual(faults, []);
}

export async function go(page, path) {
  await page.goto(base + path);
}

export async function signIn(page, { email, password }) {
  await go(page, '/auth/login');
  await on(page, 'email').fill(email);
  await on(page, 'password').fill(password);
  await on(page, 'submit').click();
  await page.waitForURL('**/dashboard');
}

/** Creates a room on /new; resolves to its name, the person being at its door. */
export async function newRoom(page, { max, closed, access = closed && 'private', mode, without = [] } = {}) {
  await go(page, '/new');
  const name = await on(page, 'room-name').inputValue();
  if (max !== undefined) await on(page, 'max-participants').fill(String(max));
  if (access) await on(page, `access-${access}`).check();
  if (mode) await on(page, `mode-${mode}`).check();
  for (const what of without) await on(page, what).uncheck({ force: true });
  await on(page, 'submit').click();
  await page.waitForURL(`**/m/${name}`);
  return name;
}

/** The camera check: waits for the picture and for the microphone's level to move. */
export async function cameraCheck(page) {
  await on(page, 'lobby').waitFor();
  await page.waitForFunction(() => {
    const video = document.querySelector('[data-testid=preview]');
    return video && video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 2;
  });
  await page.waitForFunction(() => {
    const level = document.querySelector('[data-testid=level]');
    return level && Number(getComputedStyle(level).getPropertyValue('--level')) > 0.02;
  });
}

/** Presses Join, again where the server asked to wait, until one of `ends` is on the page. */
export async function press(page, ends) {
  const end = page.locator(ends.map((id) => `[data-testid="${id}"]`).join(', '));
  const enter = on(page, 'enter');
  for (;;) {
    await enter.click({ timeout: 90_000 });
    const problem = on(page, 'problem');
    await end.or(problem).first().waitFor({ timeout: 60_000 });
    if (await end.count()) return;
    const text = await problem.innerText();
    assert.match(text, /try again/i, `the lobby says: ${text}`);
  }
}

export async function enter(page, name) {
  if (name !== undefined) await on(page, 'guest-name').fill(name);
  await press(page, ['meeting']);
  await page.locator('[data-testid=meeting][data-state=connected]').waitFor();
}

/** Opens a room's link and arrives at the page for a closed door, through the lobby where the check is not asked. */
export async function expectGate(page, room, kind, name = 'Someone') {
  await go(page, `/m/${room}`);
  const gate = on(page, `gate-${kind}`);
  await gate.or(on(page, 'lobby')).first().waitFor();
  if (await gate.count()) return;
  if (await on(page, 'guest-name').count()) await on(page, 'guest-name').fill(name);
  await press(page, [`gate-${kind}`]);
}

/** Waits until this page has drawn `frames` more frames of `name`'s camera; resolves to how many more. */
export async function sees(page, name, frames = 30) {
  const read = ({ who, atLeast }) => {
    const tile = document.querySelector(`[data-testid=tile][data-local=false][data-name="${who}"][data-source=camera]`);
    const video = tile?.querySelector('video');
    const now = video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
    return now >= atLeast && { now };
  };
  const { now: before } = await page.evaluate(read, { who: name, atLeast: 0 });
  const handle = await page.waitForFunction(read, { who: name, atLeast: before + frames }, { timeout: 60_000 });
  return (await handle.jsonValue()).now - before;
}

/** Bytes of sound that have arrived over all of the page's connections. */
async function soundBytes(page) {
  return page.evaluate(async () => {
    let bytes = 0;
    for (const connection of window.testConnections) {
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type === 'inbound-rtp' && entry.kind === 'audio') bytes += entry.bytesReceived;
      }
    }
    return bytes;
  });
}

/** Waits until `wanted` more bytes of sound have arrived. */
export async function hears(page, wanted = 1000) {
  const before = await soundBytes(page);
  const until = Date.now() + 60_000;
  for (;;) {
    const now = await soundBytes(page);
    if (now - before >= wanted) return now - before;
    assert.ok(Date.now() < until, `only ${now - before} bytes of sound arrived in a minute`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}
