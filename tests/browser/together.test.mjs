// SPDX-License-Identifier: Apache-2.0
// What people do in a meeting besides talking: hands, reactions, views, the way of the media, keys; on desk and phone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { admin, enter, go, livekit, newRoom, on, openBrowser, parent, person, sees, shot, signIn, wasFine } from './house.mjs';

const GUEST = 'Greta Guest';
const tile = (page, name, source = 'camera') => page.locator(`[data-testid=tile][data-name="${name}"][data-source=${source}]`);
/** The page's large tile. */
const large = (page) => page.locator('[data-testid=stage][data-view=focus] .tile.large');

describe('in a meeting', { timeout: 420_000 }, () => {
  let one, two, host, guest, phone, room, hostName;

  before(async () => {
    [one, two] = await Promise.all([openBrowser(), openBrowser()]);
    [host, guest, phone] = await Promise.all([person(one), person(two, { dark: true }), person(two, { onPhone: true })]);
    await signIn(host.page, admin());
    room = await newRoom(host.page);
    await enter(host.page);
    hostName = await host.page.locator('[data-testid=tile][data-local=true]').getAttribute('data-name');
    await go(guest.page, `/m/${room}`);
    await enter(guest.page, GUEST);
    await sees(host.page, GUEST);
  });
  after(async () => {
    await Promise.all([one?.close(), two?.close()]);
  });

  it('a raised hand is seen on the tile and in the list, and by who comes later', async () => {
    await on(guest.page, 'hand').click();
    await tile(host.page, GUEST).getByTestId('tile-hand').waitFor();
    await host.page.locator('.toasts').getByText(`${GUEST} raised a hand`).waitFor();
    await go(phone.page, `/m/${room}`);
    await enter(phone.page, 'Pia Phone');
    await tile(phone.page, GUEST).getByTestId('tile-hand').waitFor();
    await on(host.page, 'people').click();
    await host.page.keyboard.press('h'); // the host's own, after the guest's
    await on(host.page, 'person-hand').nth(1).waitFor();
    assert.deepEqual(await on(host.page, 'person-hand').allInnerTexts(), ['1', '2']);
    assert.match(await on(host.page, 'person').first().innerText(), new RegExp(GUEST));
    await shot(host.page, 'meeting-hands');
    await on(guest.page, 'hand').click();
    await tile(host.page, GUEST).getByTestId('tile-hand').waitFor({ state: 'detached' });
    assert.match(await on(host.page, 'person').first().innerText(), new RegExp(hostName));
    await host.page.keyboard.press('h');
    await on(host.page, 'person-hand').waitFor({ state: 'detached' });
    await host.page.keyboard.press('p');
    await on(host.page, 'people-panel').waitFor({ state: 'detached' });
  });

  it('a reaction rises at the others, is read out, and doesn’t become a flood', async () => {
    await on(guest.page, 'react').click();
    const clap = on(guest.page, 'react-reaction.clap');
    await clap.click();
    await host.page.locator('[data-testid=reaction][data-emoji="👏"]').waitFor();
    await on(host.page, 'reaction-said').getByText(`${GUEST} reacts with applause`).waitFor();
    const seen = () => [...document.querySelectorAll('[data-testid=reaction]')].some((one) => getComputedStyle(one).opacity === '1');
    await shot(guest.page, 'meeting-reactions', { narrow: false, before: async () => {
      if (!(await guest.page.evaluate(seen))) await clap.click();
      await guest.page.waitForFunction(seen);
    } });
    for (let i = 0; i < 12; i++) await clap.click();
    assert.ok(await on(guest.page, 'reaction').count() <= 5);
    await guest.page.keyboard.press('Escape');
    await clap.waitFor({ state: 'detached' });
    await on(host.page, 'reaction').first().waitFor({ state: 'detached' });
  });

  it('the speaker is shown large, a pinned person instead of them, a screen before either', async () => {
    await on(host.page, 'view').click();
    await large(host.page).waitFor();
    assert.notEqual(await large(host.page).getAttribute('data-local'), 'true');
    await on(phone.page, 'mic').click(); // now only the guest's camera beeps here
    await host.page.waitForFunction((name) => document.querySelector('.tile.large')?.dataset.name === name, GUEST);
    await host.page.waitForFunction(() => document.querySelector('.tile.large video')?.videoWidth > 0);
    await shot(host.page, 'meeting-speaker');
    const pia = tile(host.page, 'Pia Phone');
    await pia.hover();
    await pia.getByTestId('pin').click();
    await host.page.waitForFunction(() => document.querySelector('.tile.large')?.dataset.name === 'Pia Phone');
    await on(guest.page, 'screen').click();
    await host.page.waitForFunction(() => document.querySelector('.tile.large')?.dataset.source === 'screen_share');
    await host.page.waitForFunction(() => document.querySelector('.tile.large video')?.videoWidth > 0);
    await shot(host.page, 'meeting-speaker');
    await on(guest.page, 'screen').click();
    await tile(host.page, GUEST, 'screen_share').waitFor({ state: 'detached' });
    await host.page.keyboard.press('g');
    await host.page.locator('[data-testid=stage][data-view=grid]').waitFor();
  });

  it('quality, way and time are told', async () => {
    const route = on(host.page, 'route');
    await host.page.locator('[data-testid=route][data-route=direct][data-transport=udp]').waitFor();
    assert.match(await route.innerText(), /Direct · UDP/);
    await tile(host.page, GUEST).getByTestId('quality').waitFor();
    await route.click();
    await on(host.page, 'route-dialog').getByText(/straight to the meeting server/).waitFor();
    await host.page.waitForFunction(() => /\d+ ms/.test(document.querySelector('[data-testid=route-dialog]').innerText));
    await shot(host.page, 'meeting-connection');
    await host.page.keyboard.press('Escape');
    const [minutes, seconds] = (await on(host.page, 'elapsed').innerText()).split(':').map(Number);
    assert.ok(minutes * 60 + seconds > 2, 'the clock runs');
  });

  it('the link is copied', async () => {
    await host.page.locator('.meeting-top').getByTestId('copy-link').click();
    await host.page.getByLabel('Link copied').waitFor();
    assert.match(await host.page.evaluate(() => navigator.clipboard.readText()), new RegExp(`/m/${room}$`));
  });

  it('the space bar talks while it is held; other keys switch; the list of keys says so', async () => {
    const mic = guest.page.locator('[data-testid=mic].off');
    await guest.page.keyboard.press('m');
    await mic.waitFor();
    await guest.page.keyboard.down(' ');
    await on(guest.page, 'talking').waitFor();
    await tile(host.page, GUEST).getByLabel('Microphone off').waitFor({ state: 'detached' });
    await guest.page.keyboard.up(' ');
    await mic.waitFor();
    await tile(host.page, GUEST).getByLabel('Microphone off').waitFor();
    await guest.page.keyboard.press('?');
    await on(guest.page, 'keys').waitFor();
    await shot(guest.page, 'meeting-keys');
    await guest.page.keyboard.press('Escape');
    await on(guest.page, 'keys').waitFor({ state: 'detached' });
    await guest.page.keyboard.press('c');
    await on(guest.page, 'chat-input').fill('m'); // a letter, not a key
    assert.equal(await mic.count(), 1);
    await shot(guest.page, 'meeting-chat-empty');
    await guest.page.keyboard.press('Escape');
    assert.equal(await guest.page.evaluate(() => document.activeElement.dataset.testid), 'chat');
  });

  it('on a phone every control is as large as a thumb, and the rest is in a sheet', async () => {
    for (const width of [320, 390]) {
      await phone.page.setViewportSize({ width, height: 690 });
      for (const button of await phone.page.locator('.controls .control').all()) {
        const { x, width: w, height } = await button.boundingBox();
        assert.ok(w >= 44 && height >= 44 && x >= 0 && x + w <= width, `${await button.getAttribute('data-testid')} at ${width}`);
      }
      assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    }
    await shot(phone.page, 'meeting-phone');
    await on(phone.page, 'more').click();
    await shot(phone.page, 'meeting-phone-more');
    await on(phone.page, 'people').click();
    await on(phone.page, 'people-panel').waitFor();
    await shot(phone.page, 'meeting-phone-people');
    await phone.page.keyboard.press('Escape');
  });

  it('LiveKit is killed: everyone is told, and is back with moving pictures and the hand still up', async () => {
    const nora = await person(two);
    await go(nora.page, `/m/${room}`);
    await enter(nora.page, 'Nora Next');
    await on(guest.page, 'hand').click();
    await tile(host.page, GUEST).getByTestId('tile-hand').waitFor();
    const pid = livekit();
    assert.ok(pid > 1, 'LiveKit of this house');
    const launcher = parent(pid);
    process.kill(launcher, 'SIGSTOP'); // so that it stays away until it has been looked at
    try {
      process.kill(pid, 'SIGKILL');
      const banner = on(host.page, 'call-state');
      await banner.waitFor();
      assert.match(await banner.getAttribute('data-lost'), /^(signal|media|meeting)$/);
      assert.match(await banner.innerText(), /interrupted|doesn’t answer/);
      const away = ({ page }) => page.locator('[data-testid=meeting][data-state=rejoining]').waitFor({ timeout: 60_000 });
      await Promise.all([host, nora, phone].map(away));
      await shot(host.page, 'meeting-interrupted');
      await on(nora.page, 'give-up').click();
      await on(nora.page, 'gate-gaveUp').waitFor();
      await shot(nora.page, 'gate-gaveUp');
      await phone.page.clock.setFixedTime(Date.now() + 200_000); // beyond what a lost meeting is looked for
      await on(phone.page, 'gate-lost').waitFor({ timeout: 60_000 });
      await shot(phone.page, 'gate-lost');
    } finally {
      process.kill(launcher, 'SIGCONT');
    }
    await nora.context.close();
    await Promise.all([host, guest].map(({ page }) =>
      page.locator('[data-testid=meeting][data-state=connected]').waitFor({ timeout: 90_000 })));
    await Promise.all([sees(host.page, GUEST), sees(guest.page, hostName)]);
    assert.notEqual(livekit(), pid);
    await tile(host.page, GUEST).getByTestId('tile-hand').waitFor();
    await on(host.page, 'call-state').waitFor({ state: 'detached' });
  });

  it('nothing broke, and nothing asked for what the page’s policy forbids', async () => {
    for (const one of [host, guest, phone]) await wasFine(one);
  });
});
