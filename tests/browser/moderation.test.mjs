// SPDX-License-Identifier: Apache-2.0
// A room under control: who is let in, what moderators do to whom, and what those see of it. Every effect is looked for
// in the browser of the person it is about.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import {
  admin, base, enter, expectGate, go, hears, newRoom, on, openBrowser, person, press, sees, shot, signIn, wasFine,
} from './house.mjs';

const { DataPacket } = createRequire(new URL('../../web/package.json', import.meta.url))('@livekit/protocol');
const GUEST = 'Greta Guest';
const PHONE = 'Pia Phone';

const row = (page, name) => page.locator('[data-testid=person]').filter({ hasText: name });
const toast = (page, text) => page.locator('.toasts').getByText(text).waitFor();
const focus = (page) => page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.tagName);

async function openMenu(page, name) {
  if (!(await on(page, 'people-panel').count())) await page.keyboard.press('p');
  const button = row(page, name).getByTestId('person-menu');
  await button.click();
  await on(page, 'menu').waitFor();
  return button;
}

/** Chooses `action` in the menu of `name`, and confirms it where that is asked for. */
async function act(page, name, action) {
  await openMenu(page, name);
  await on(page, `do-${action}`).click();
  if (action === 'kick' || action === 'ban') await on(page, 'confirm-yes').click();
}

/** The guest asks to come in, by way of the camera check. */
async function knock(page, room, name) {
  await go(page, `/m/${room}`);
  await on(page, 'guest-name').fill(name);
  await press(page, ['knock']);
  await page.locator('[data-testid=knock][data-state=waiting]').waitFor();
}

/** Knocks as a guest who has no browser; resolves to the answer, with the cookie to knock with again. */
async function knockBare(room, guestName, cookie = '') {
  const reply = await fetch(`${base}/api/room/knock`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', cookie }, body: JSON.stringify({ roomName: room, guestName }),
  });
  assert.equal(reply.status, 200, await reply.clone().text());
  return { cookie: cookie || reply.headers.getSetCookie()[0].split(';')[0], ...await reply.json() };
}

const inside = (page) => page.locator('[data-testid=meeting][data-state=connected]').waitFor();

describe('a room under control', { timeout: 420_000 }, () => {
  let one, two, host, guest, phone, room, hostName;

  before(async () => {
    [one, two] = await Promise.all([openBrowser(), openBrowser()]);
    [host, guest, phone] = await Promise.all([person(one), person(two), person(two, { onPhone: true })]);
    await signIn(host.page, admin());
    room = await newRoom(host.page, { access: 'approval' });
    await enter(host.page);
    hostName = await host.page.locator('[data-testid=tile][data-local=true]').getAttribute('data-name');
  });
  after(async () => {
    await Promise.all([one?.close(), two?.close()]);
  });

  it('all who wait are let in at once', async () => {
    const { page } = host;
    const some = await Promise.all(['Nora One', 'Nora Two'].map((name) => knockBare(room, name)));
    assert.deepEqual(some.map(({ status }) => status), ['waiting', 'waiting']);
    await page.keyboard.press('p');
    await on(page, 'admit-all').click();
    await on(page, 'door').waitFor({ state: 'detached' });
    await toast(page, 'Nora Two may come in');
    for (const { cookie } of some) assert.equal((await knockBare(room, 'Nora', cookie)).status, 'admitted');
    await page.keyboard.press('p');
  });

  it('who knocks waits; the moderator is told, and lets in or turns away', async () => {
    await knock(guest.page, room, GUEST);
    await toast(host.page, `${GUEST} asks to come in`);
    await host.page.getByRole('button', { name: 'People, 1 person waits to come in' }).waitFor();
    await shot(guest.page, 'knock');
    await knock(phone.page, room, PHONE);
    await host.page.keyboard.press('p');
    await on(host.page, 'waiting').nth(1).waitFor();
    await shot(host.page, 'meeting-door');
    await on(host.page, 'waiting').filter({ hasText: PHONE }).getByTestId('refuse').click();
    await on(phone.page, 'knock-refused').waitFor();
    assert.match(await on(phone.page, 'knock-wait').innerText(), /^You may ask again in \d+ (seconds?|minutes?)\.$/);
    assert.ok(await on(phone.page, 'knock-again').isDisabled());
    await shot(phone.page, 'knock-refused');
    await on(host.page, 'waiting').getByTestId('admit').click();
    await inside(guest.page); // by herself
    await on(host.page, 'door').waitFor({ state: 'detached' });
    await sees(host.page, GUEST);
  });

  it('an invitation lets in, once', async () => {
    await on(host.page, 'manage-invitations').click();
    await on(host.page, 'invite').click();
    await on(host.page, 'invitation-made').waitFor();
    await shot(host.page, 'meeting-invitations');
    await on(host.page, 'invitation-made').getByTestId('copy-link').click();
    const link = await host.page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, new RegExp(`/m/${room}#invitation=[\\w-]+$`));
    await host.page.keyboard.press('Escape');
    await phone.page.goto(link);
    await on(phone.page, 'guest-name').waitFor();
    assert.equal(new URL(phone.page.url()).hash, '', 'the invitation leaves the address bar');
    await enter(phone.page, PHONE);
    const third = await person(two);
    await expectGate(third.page, link.split('/m/')[1], 'uninvited', 'Theo Third');
    await third.context.close();
  });

  it('the menu is one: by keyboard, by letter, and with the focus back where it was', async () => {
    const { page } = host;
    await row(page, PHONE).waitFor();
    const button = await openMenu(page, GUEST);
    assert.equal(await focus(page), 'do-mute');
    await shot(page, 'meeting-menu');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focus(page), 'do-ban');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focus(page), 'do-mute');
    await page.keyboard.press('b');
    assert.equal(await focus(page), 'do-blockChat');
    await page.keyboard.press('End');
    await page.keyboard.press('Escape');
    await on(page, 'menu').waitFor({ state: 'detached' });
    assert.equal(await focus(page), 'person-menu');
    await button.press('ArrowUp');
    await page.keyboard.press('Enter'); // the last one: ban
    await on(page, 'confirm-ban').waitFor();
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null));
    }
    await shot(page, 'meeting-ban');
    await page.keyboard.press('Escape');
    await on(page, 'confirm-ban').waitFor({ state: 'detached' });
    assert.equal(await focus(page), 'person-menu');
    assert.equal(await row(page, hostName).getByTestId('person-menu').count(), 1); // only what one may do to oneself
    assert.equal(await on(guest.page, 'person-menu').count(), 0);
  });

  it('muted, camera off, screen stopped: and asked to switch on again', async () => {
    const { page } = guest;
    await act(host.page, GUEST, 'mute');
    await page.locator('[data-testid=mic].off').waitFor();
    await act(host.page, GUEST, 'videoOff');
    await page.locator('[data-testid=camera].off').waitFor();
    await on(page, 'screen').click();
    await host.page.locator('[data-testid=tile][data-source=screen_share]').waitFor();
    await act(host.page, GUEST, 'stopShare');
    await host.page.locator('[data-testid=tile][data-source=screen_share]').waitFor({ state: 'detached' });
    await act(host.page, GUEST, 'askUnmute');
    await act(host.page, GUEST, 'askCamera');
    await page.locator('[data-testid=asked][data-asked=both]').waitFor();
    await shot(page, 'meeting-asked');
    await on(page, 'asked-yes').click();
    await on(page, 'asked').waitFor({ state: 'detached' });
    await sees(host.page, GUEST);
    await hears(host.page);
  });

  it('blocked from the chat: reads along, and can’t write until that is undone', async () => {
    const { page } = guest;
    await page.keyboard.press('c');
    await on(page, 'chat-input').waitFor();
    await act(host.page, GUEST, 'blockChat');
    await on(page, 'chat-shut').waitFor();
    assert.equal(await on(page, 'chat-input').count(), 0);
    assert.equal(await on(page, 'react').count(), 0);
    await shot(page, 'meeting-chat-shut');
    await act(host.page, GUEST, 'unblockChat');
    await on(page, 'chat-input').waitFor();
    await page.keyboard.press('Escape');
  });

  it('cut off from the others, and back', async () => {
    const { page } = guest;
    await act(host.page, GUEST, 'deafen');
    await on(page, 'deafened').waitFor();
    await page.locator(`[data-testid=tile][data-name="${hostName}"] .avatar`).waitFor(); // no picture, either
    await shot(page, 'meeting-deafened');
    await act(host.page, GUEST, 'undeafen');
    await on(page, 'deafened').waitFor({ state: 'detached' });
    await sees(page, hostName);
    await hears(page);
  });

  it('shown large for everyone', async () => {
    await act(host.page, PHONE, 'spotlight');
    for (const { page } of [host, guest]) {
      await page.waitForFunction((name) => document.querySelector('.tile.large')?.dataset.name === name, PHONE);
    }
    for (const { page } of [host, guest, phone]) await page.locator('.tile.large').getByTestId('pin').click();
  });

  it('a moderator: has the menu, but neither the owner nor the roles in it', async () => {
    const { page } = phone;
    await act(host.page, PHONE, 'promote');
    await toast(page, 'You are a moderator now');
    await on(page, 'more').click();
    await on(page, 'people').click();
    await row(page, GUEST).getByTestId('person-menu').waitFor();
    await openMenu(page, GUEST);
    assert.equal(await on(page, 'do-promote').count(), 0);
    await shot(page, 'meeting-phone-menu');
    await on(page, 'do-mute').click();
    await guest.page.locator('[data-testid=mic].off').waitFor();
    await openMenu(page, hostName);
    assert.deepEqual(await page.getByRole('menuitem').allInnerTexts(), ['Show large for everyone']);
    await page.keyboard.press('Escape');
    assert.equal(await on(page, 'manage-settings').count(), 0);
    await act(host.page, PHONE, 'demote');
    await toast(page, 'You are no moderator any more');
    await row(page, GUEST).getByTestId('person-menu').waitFor({ state: 'detached' });
  });

  it('the room’s settings reach who is in it', async () => {
    const { page } = host;
    await on(page, 'manage-settings').click();
    await shot(page, 'meeting-room-settings');
    for (const what of ['allowAudio', 'allowChat']) await on(page, what).uncheck({ force: true });
    await on(page, 'save-room').click();
    await on(page, 'manage-settings-dialog').waitFor({ state: 'detached' });
    for (const what of ['mic', 'chat']) await on(guest.page, what).waitFor({ state: 'detached' });
    await on(page, 'manage-settings').click();
    await on(page, 'allowChat').check({ force: true });
    await on(page, 'save-room').click();
    await on(guest.page, 'chat').waitFor();
    // A raised hand is answered with the right to speak.
    await on(guest.page, 'hand').click();
    await row(page, GUEST).getByTestId('answer-hand').click();
    await on(guest.page, 'mic').waitFor();
    await on(guest.page, 'asked-yes').click();
    await hears(page);
    await act(page, GUEST, 'mute');
    await on(guest.page, 'mic').waitFor({ state: 'detached' });
    await on(guest.page, 'hand').click();
  });

  it('what a participant says in the server’s name is not believed', async () => {
    const me = await host.page.locator('[data-testid=tile][data-local=true]').getAttribute('data-identity');
    const send = (topic, word) => guest.page.evaluate((bytes) => {
      const channel = window.testChannels.filter(({ label, readyState }) => label === '_reliable' && readyState === 'open').at(-1);
      channel.send(new Uint8Array(bytes));
    }, [...new DataPacket({
      participantIdentity: '', value: { case: 'user', value: { topic, payload: new TextEncoder().encode(JSON.stringify(word)) } },
    }).toBinary()]);
    for (const event of ['ask_camera', 'deafen', 'spotlight', 'room_suspended']) {
      await send('system', { type: 'system', event, actor: me, target: me });
    }
    await send('chat', { type: 'chat', id: 'after', message: 'After all that' }); // in order
    await host.page.keyboard.press('c');
    await on(host.page, 'chat-line').getByText('After all that').waitFor();
    for (const sign of ['asked', 'deafened']) assert.equal(await on(host.page, sign).count(), 0, sign);
    assert.equal(await host.page.locator('.tile.large').count(), 0);
    await host.page.keyboard.press('Escape');
  });

  it('removed: told so, and when to come back', async () => {
    await act(host.page, PHONE, 'kick');
    await on(phone.page, 'gate-kicked').waitFor();
    await expectGate(phone.page, room, 'kicked', PHONE); // by the link, too
    assert.match(await on(phone.page, 'gate-wait').innerText(), /^You can come back in \d+ (seconds?|minutes?)\.$/);
    assert.ok(await on(phone.page, 'gate-rejoin').isDisabled());
    await shot(phone.page, 'gate-kicked');
  });

  it('banned, and the ban lifted', async () => {
    const { page } = host;
    await act(page, GUEST, 'ban');
    await on(guest.page, 'gate-banned').waitFor();
    await expectGate(guest.page, room, 'banned');
    await on(page, 'manage-bans').click();
    await on(page, 'ban').filter({ hasText: GUEST }).waitFor();
    await shot(page, 'meeting-bans');
    assert.match(await on(page, 'ban').filter({ hasText: PHONE }).innerText(), /Removed, until/);
    // Both: guests from one network stand and fall together.
    for (const name of [GUEST, PHONE]) await on(page, 'ban').filter({ hasText: name }).getByTestId('unban').click();
    await page.getByText('Nobody is kept out.').waitFor();
    await page.keyboard.press('Escape');
    await go(guest.page, `/m/${room}`);
    await enter(guest.page, GUEST); // admitted she still is
    await on(guest.page, 'leave').click();
    await on(page, 'leave').click();
  });

  it('a webinar: who listens raises a hand, and is brought to the stage', async () => {
    const { page } = host;
    room = await newRoom(page, { mode: 'webinar' });
    await enter(page);
    await go(guest.page, `/m/${room}`);
    await enter(guest.page);
    await on(guest.page, 'audience').waitFor();
    for (const what of ['mic', 'camera', 'screen']) assert.equal(await on(guest.page, what).count(), 0, what);
    assert.equal(await page.locator(`[data-testid=tile][data-name="${GUEST}"]`).count(), 0);
    await on(guest.page, 'hand').click();
    await page.keyboard.press('p');
    await row(page, GUEST).getByTestId('answer-hand').waitFor();
    await shot(page, 'meeting-webinar');
    await shot(guest.page, 'meeting-audience');
    await row(page, GUEST).getByTestId('answer-hand').click();
    await on(guest.page, 'audience').waitFor({ state: 'detached' });
    await on(guest.page, 'camera').click();
    await sees(page, GUEST);
    await act(page, GUEST, 'unstage');
    await on(guest.page, 'audience').waitFor();
    await page.locator(`[data-testid=tile][data-name="${GUEST}"]`).waitFor({ state: 'detached' });
  });

  it('the owner’s list manages a room, too', async () => {
    const { page } = host;
    await on(page, 'leave').click();
    await go(page, '/dashboard');
    const mine = page.locator(`[data-testid=room][data-room="${room}"]`);
    await mine.getByTestId('manage-room').press('Enter');
    await on(page, 'menu').waitFor();
    await shot(page, 'rooms-menu');
    await on(page, 'do-settings').click();
    await on(page, 'access-private').check();
    await on(page, 'save-room').click();
    await page.getByText(`Settings of ${room} saved`).waitFor();
    await mine.getByText('Private').waitFor();
  });

  it('nothing broke, and nothing asked for what the page’s policy forbids', async () => {
    for (const each of [host, guest, phone]) await wasFine(each);
  });
});
