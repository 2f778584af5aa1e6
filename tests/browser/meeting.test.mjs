// SPDX-License-Identifier: Apache-2.0
// Two strangers meet: one with an account opens a room, the other comes by its link.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  admin, cameraCheck, enter, expectGate, go, hears, newRoom, on, openBrowser, person, remove, sees, shot, signIn, wasFine,
} from './house.mjs';

describe('a meeting of two', { timeout: 300_000 }, () => {
  let one, two, host, guest, room, hostName;

  before(async () => {
    [one, two] = await Promise.all([openBrowser(), openBrowser()]);
    host = await person(one);
    guest = await person(two);
  });
  after(async () => {
    await Promise.all([one?.close(), two?.close()]);
  });

  it('the host signs in and opens a room', async () => {
    await signIn(host.page, admin());
    room = await newRoom(host.page, { max: 2 });
    assert.match(room, /^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
  });

  it('the host checks the camera and goes in', async () => {
    await cameraCheck(host.page);
    await shot(host.page, 'lobby-host');
    await enter(host.page);
    const mine = host.page.locator('[data-testid=tile][data-local=true]');
    await mine.waitFor();
    hostName = await mine.getAttribute('data-name');
    await shot(host.page, 'meeting-alone');
  });

  it('the guest types a name, checks the camera and goes in', async () => {
    await go(guest.page, `/m/${room}`);
    await cameraCheck(guest.page);
    await on(guest.page, 'enter').click();
    await guest.page.getByText('Type your name').waitFor();
    await on(guest.page, 'guest-name').fill('Greta Guest');
    await shot(guest.page, 'lobby-guest');
    await enter(guest.page);
  });

  it('each sees the other move by 30 frames', async () => {
    const [there, here] = await Promise.all([sees(host.page, 'Greta Guest'), sees(guest.page, hostName)]);
    assert.ok(there >= 30 && here >= 30, `${there} and ${here} frames`);
  });

  it('each receives the other’s sound', async () => {
    const [there, here] = await Promise.all([hears(host.page), hears(guest.page)]);
    assert.ok(there >= 1000 && here >= 1000, `${there} and ${here} bytes`);
    await shot(host.page, 'meeting');
  });

  it('both are on the list of people', async () => {
    await on(host.page, 'people').click();
    assert.equal(await on(host.page, 'person').count(), 2);
    assert.match(await on(host.page, 'people-panel').innerText(), /Greta Guest/);
    await shot(host.page, 'meeting-people');
  });

  it('what one writes the other reads, as text', async () => {
    const message = 'Hello <b>there</b>, see https://example.org/a?b=1.';
    await on(guest.page, 'chat').click();
    await on(guest.page, 'chat-input').fill(message);
    await on(guest.page, 'chat-input').press('Enter');
    await on(host.page, 'chat').getByText('1', { exact: true }).waitFor();
    await on(host.page, 'chat').click();
    const line = on(host.page, 'chat-line').first();
    await line.waitFor();
    assert.equal(await line.locator('.line-text').innerText(), message);
    assert.equal(await line.locator('a').getAttribute('href'), 'https://example.org/a?b=1');
    assert.equal(await line.locator('b').count(), 0);
    await on(host.page, 'chat-input').fill('Good to see you!');
    await on(host.page, 'chat-send').click();
    await on(guest.page, 'chat-line').nth(1).waitFor();
    assert.match(await on(guest.page, 'chat-line').nth(1).innerText(), /Good to see you!/);
    await shot(host.page, 'meeting-chat');
  });

  it('a shared screen is shown large', async () => {
    await on(guest.page, 'screen').click();
    const screen = host.page.locator('[data-testid=tile][data-source=screen_share]');
    await screen.waitFor();
    await host.page.waitForFunction(() => {
      const video = document.querySelector('[data-testid=tile][data-source=screen_share] video');
      return video && video.videoWidth > 0;
    });
    await shot(host.page, 'meeting-screen');
    await on(guest.page, 'screen').click();
    await screen.waitFor({ state: 'detached' });
  });

  it('a camera switched off shows initials, and comes back', async () => {
    const tile = host.page.locator('[data-testid=tile][data-name="Greta Guest"]');
    await on(guest.page, 'camera').click();
    await tile.locator('.avatar').waitFor();
    await on(guest.page, 'mic').click();
    await tile.getByLabel('Microphone off').waitFor();
    await shot(host.page, 'meeting-camera-off');
    await on(guest.page, 'camera').click();
    await on(guest.page, 'mic').click();
    await sees(host.page, 'Greta Guest');
  });

  it('a third person finds the room full', async () => {
    const third = await person(two, { onPhone: true });
    await expectGate(third.page, room, 'full', 'Theo Third');
    await shot(third.page, 'phone-gate-full');
    await wasFine(third);
    await third.context.close();
  });

  it('the guest leaves and comes back', async () => {
    await on(guest.page, 'leave').click();
    await on(guest.page, 'gate-left').waitFor();
    await shot(guest.page, 'gate-left');
    await host.page.locator('[data-testid=tile][data-name="Greta Guest"]').waitFor({ state: 'detached' });
    await on(guest.page, 'gate-rejoin').click();
    await on(guest.page, 'lobby').waitFor();
    assert.equal(await on(guest.page, 'guest-name').inputValue(), 'Greta Guest');
    await enter(guest.page);
    await sees(guest.page, hostName);
  });

  it('whoever joins a second time is told so in the first place', async () => {
    const other = await guest.context.newPage();
    await go(other, `/m/${room}`);
    await enter(other);
    await on(guest.page, 'gate-duplicate').waitFor();
    await shot(guest.page, 'gate-duplicate');
    await guest.page.close();
    guest.page = other;
    await sees(host.page, 'Greta Guest');
  });

  it('who is removed is told so', async () => {
    const mine = host.page.locator('[data-testid=tile][data-local=true]');
    await remove(room, await mine.getAttribute('data-identity'));
    await on(host.page, 'gate-kicked').waitFor();
    await shot(host.page, 'gate-removed');
    await on(host.page, 'gate-rejoin').click();
    await enter(host.page);
    await sees(guest.page, hostName);
  });

  it('deleting the room ends the meeting for who is in it', async () => {
    const desk = await host.context.newPage();
    await go(desk, '/dashboard');
    const row = desk.locator(`[data-testid=room][data-room="${room}"]`);
    await row.waitFor();
    await shot(desk, 'rooms');
    await row.getByTestId('delete-room').click();
    await shot(desk, 'rooms-delete');
    await on(desk, 'confirm-delete').click();
    await row.waitFor({ state: 'detached' });
    await on(guest.page, 'gate-deleted').waitFor({ timeout: 60_000 });
    await shot(guest.page, 'gate-deleted');
    await on(host.page, 'gate-deleted').waitFor();
    await desk.close();
  });

  it('its link then says that it has ended', async () => {
    await expectGate(guest.page, room, 'ended');
    await shot(guest.page, 'gate-ended');
  });

  it('the owner may open it again under the same name', async () => {
    await expectGate(host.page, room, 'archived');
    await shot(host.page, 'gate-archived');
    await on(host.page, 'gate-reopen').click();
    await cameraCheck(host.page);
    await enter(host.page);
  });

  it('a room for talking only offers neither camera nor screen nor chat', async () => {
    await on(host.page, 'leave').click();
    const quiet = await newRoom(host.page, { without: ['allowVideo', 'allowChat'] });
    await go(guest.page, `/m/${quiet}`);
    await enter(guest.page);
    await on(guest.page, 'mic').waitFor();
    for (const what of ['camera', 'screen', 'chat']) assert.equal(await on(guest.page, what).count(), 0, what);
    await shot(guest.page, 'meeting-talk-only');
    await on(guest.page, 'leave').click();
  });

  it('nothing broke, and nothing asked for what the page’s policy forbids', async () => {
    await wasFine(host);
    await wasFine(guest);
  });
});
