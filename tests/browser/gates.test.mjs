// SPDX-License-Identifier: Apache-2.0
// Closed doors. Where a test can't bring the reason about, the server's answer is put in its place on the way to the
// browser. Who is let in, removed or banned by people is in moderation.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { admin, cameraCheck, ctl, drain, enter, expectGate, go, newRoom, on, openBrowser, person, say, shot, signIn, wasFine } from './house.mjs';

const NAME = 'any-room';
const refusal = (status, error, more = {}) => ({ status, contentType: 'application/json', body: JSON.stringify({ error, ...more }) });
const RESTART = 'The server is about to restart; try again when it is back.';

/** Enters a meeting by a way that no picture and sound can go: the app takes most of a minute to be sure of that. */
async function enterCutOff(one) {
  await one.context.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    const shut = (config) => ({ ...config, iceServers: [], iceTransportPolicy: 'relay' });
    window.RTCPeerConnection = class extends Real {
      constructor(config) {
        super(shut(config));
      }
      setConfiguration(config) {
        super.setConfiguration(shut(config));
      }
    };
  });
  await signIn(one.page, admin());
  await newRoom(one.page);
  await on(one.page, 'enter').click();
}

describe('closed doors', { timeout: 300_000 }, () => {
  let browser, guest, host, cutOff;

  before(async () => {
    browser = await openBrowser();
    [guest, host, cutOff] = [await person(browser), await person(browser), await person(browser)];
    await signIn(host.page, admin());
    await enterCutOff(cutOff);
  });
  after(async () => browser?.close());

  /** The guest comes to a room that there is, and joining is answered with `reply`. */
  async function joinAnswers(reply) {
    const { page } = guest;
    await page.unrouteAll();
    await page.route('**/api/room/check/**', (route) => route.fulfill({ json: { exists: true, name: NAME } }));
    await page.route('**/api/room/guest-join', (route) => route.fulfill(reply));
    await go(page, `/m/${NAME}`);
    await on(page, 'guest-name').fill('Someone');
    await on(page, 'enter').click();
    return page;
  }

  for (const [kind, error] of [
    ['full', 'The room is full.'], ['private', 'This room is private.'], ['banned', 'You are banned from this room.'],
    ['suspended', 'This room is suspended.'], ['network', 'A guest from your network has been banned from this room.'], ['uninvited', 'This invitation has expired.'], ['guestsOff', 'Guests are not admitted on this server. Sign in with an account.'],
  ]) {
    it(`joining refused: ${kind}`, async () => {
      const page = await joinAnswers(refusal(403, error));
      await on(page, `gate-${kind}`).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the heading has the focus');
      await shot(page, `gate-${kind}`);
    });
  }

  for (const [kind, status] of [['ended', 410], ['missing', 404]]) {
    it(`gone meanwhile: ${kind}`, async () => {
      await on(await joinAnswers(refusal(status, 'gone')), `gate-${kind}`).waitFor();
    });
  }

  it('an error of the server’s own', async () => {
    const { page } = guest;
    await page.unrouteAll();
    await page.route('**/api/room/check/**', (route) => route.fulfill(refusal(500, 'Something broke.')));
    await go(page, `/m/${NAME}`);
    await on(page, 'gate-error').waitFor();
    await shot(page, 'gate-error');
  });

  it('a server that is about to restart: its sentence, a countdown, and in by itself when it is back', async () => {
    const { page } = guest;
    await page.unrouteAll();
    const room = await newRoom(host.page);
    const back = drain();
    try {
      await go(page, `/m/${room}`);
      await on(page, 'guest-name').fill('Someone');
      await on(page, 'enter').click();
      await on(page, 'again').getByText(RESTART).waitFor();
      assert.match(await on(page, 'again-in').innerText(), /^We try again in \d+ seconds?\.$/);
      await shot(page, 'lobby-restart');
      const asked = page.waitForResponse('**/api/room/guest-join');
      await on(page, 'again-now').click();
      assert.equal((await asked).status(), 503);
      await on(page, 'again').getByText(RESTART).waitFor();
      // Who has an account is told before the camera check.
      await go(host.page, `/m/${room}`);
      await on(host.page, 'gate-restarting').getByText(RESTART).waitFor();
      await shot(host.page, 'gate-restarting');
    } finally {
      back();
    }
    // Nobody presses anything.
    await page.locator('[data-testid=meeting][data-state=connected]').waitFor();
    await on(host.page, 'lobby').waitFor();
  });

  it('who doesn’t want to wait for it stays at the door', async () => {
    const page = await joinAnswers(refusal(503, RESTART));
    await on(page, 'again-stop').click();
    await on(page, 'again').waitFor({ state: 'detached' });
    assert.ok(await on(page, 'enter').isEnabled());
  });

  it('who was let in but came at a busy moment tries again by themselves', async () => {
    const { page } = guest;
    await page.unrouteAll();
    await page.route('**/api/room/check/**', (route) => route.fulfill({ json: { exists: true, name: NAME } }));
    await page.route('**/api/room/knock', (route) => route.fulfill({ json: { status: 'admitted', roomId: 'x' } }));
    const replies = [refusal(403, 'Joining needs approval.'), { ...refusal(429, 'slow'), headers: { 'Retry-After': '1' } }, refusal(410, 'gone')];
    await page.route('**/api/room/guest-join', (route) => route.fulfill(replies.shift()));
    await go(page, `/m/${NAME}`);
    await on(page, 'guest-name').fill('Someone');
    await on(page, 'enter').click();
    await on(page, 'gate-ended').waitFor();
    assert.equal(replies.length, 0);
    await page.unrouteAll();
  });

  it('banned from a meeting: the word that comes before its end is enough', async () => {
    const { page } = host;
    const room = await newRoom(page);
    await cameraCheck(page);
    await enter(page);
    const me = await page.locator('[data-testid=tile][data-local=true]').getAttribute('data-identity');
    await say(room, { type: 'system', event: 'ban', target: me }, me);
    await on(page, 'gate-banned').waitFor();
    await shot(page, 'meeting-banned');
  });

  it('a meeting that the administrator suspends, and opens again', async () => {
    const { page } = host;
    const room = await newRoom(page);
    await enter(page);
    ctl('room', 'suspend', '--name', room);
    await on(page, 'gate-suspended').waitFor();
    await shot(page, 'meeting-suspended');
    await expectGate(page, room, 'suspended'); // its owner doesn't get it back by the link
    await guest.page.unrouteAll();
    await expectGate(guest.page, room, 'suspended');
    ctl('room', 'reactivate', '--name', room);
    await go(page, `/m/${room}`);
    await enter(page);
    await on(page, 'leave').click();
  });

  it('a network that lets no picture and sound through', async () => {
    await on(cutOff.page, 'gate-noPath').waitFor({ timeout: 120_000 });
    await shot(cutOff.page, 'gate-noPath');
    await cutOff.context.close();
  });

  it('a page that breaks says so', async () => {
    const { page } = guest;
    await page.unrouteAll();
    await page.route('**/api/room/check/**', (route) => route.fulfill({ json: { exists: true, name: NAME } }));
    await page.route('**/api/room/guest-join', (route) => route.fulfill({ json: { id: 'x', name: NAME, token: 'x', livekitHost: 'ws://x', adminId: '' } }));
    await page.route('**/assets/Meeting-*.js', (route) => route.abort());
    await go(page, `/m/${NAME}`);
    await on(page, 'guest-name').fill('Someone');
    await on(page, 'enter').click();
    await on(page, 'crash').waitFor();
    await shot(page, 'crash');
    await page.unrouteAll();
  });

  it('accounts: by invitation, not at all, and by a letter first', async () => {
    const { page } = guest;
    const settings = (some) => page.route('**/api/auth/settings', (route) => route.fulfill({
      json: { registrationEnabled: true, tokenRegistrationOnly: false, guestLoginEnabled: true, ...some },
    }));
    await settings({ tokenRegistrationOnly: true });
    await go(page, '/auth/register');
    await on(page, 'invite').waitFor();
    await shot(page, 'register-invite');
    await page.route('**/api/auth/register', (route) => route.fulfill({ json: { requiresVerification: true, email: 'nora@example.org' } }));
    await on(page, 'name').fill('Nora Newcomer');
    await on(page, 'email').fill('nora@example.org');
    await on(page, 'password').fill('a long enough password');
    await on(page, 'invite').fill('abc');
    await on(page, 'submit').click();
    await page.getByText('We sent a link to nora@example.org').waitFor();
    await shot(page, 'register-mail');
    await page.unrouteAll();
    await settings({ registrationEnabled: false });
    await go(page, '/auth/register');
    await page.getByText('takes no new accounts').waitFor();
    await shot(page, 'register-closed');
    await page.unrouteAll();
    await page.route('**/api/auth/login', (route) =>
      route.fulfill(refusal(403, 'Confirm first.', { requiresVerification: true, email: 'nora@example.org' })));
    await go(page, '/auth/login');
    await on(page, 'email').fill('nora@example.org');
    await on(page, 'password').fill('a long enough password');
    await on(page, 'submit').click();
    await page.getByText('Confirm your e-mail address first').waitFor();
    await shot(page, 'login-unverified');
    await page.unrouteAll();
  });

  it('nothing broke, and nothing asked for what the page’s policy forbids', async () => {
    await wasFine(host);
  });
});
