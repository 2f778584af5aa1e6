// SPDX-License-Identifier: Apache-2.0
// Every page outside a meeting: what it shows, and what it says when something is wrong.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { admin, cameraCheck, expectGate, go, newRoom, on, openBrowser, person, shot, signIn, wasFine } from './house.mjs';

describe('pages', { timeout: 300_000 }, () => {
  let browser, owner, stranger;
  const fresh = `${randomBytes(6).toString('hex')}@example.org`;

  before(async () => {
    browser = await openBrowser();
    owner = await person(browser);
    stranger = await person(browser);
  });
  after(async () => browser?.close());

  it('the landing page takes a name or a link', async () => {
    const { page } = stranger;
    await go(page, '/');
    await on(page, 'room-name').waitFor();
    await shot(page, 'home');
    await on(page, 'room-name').fill('x');
    await on(page, 'join-room').click();
    await page.getByText('at least 3 characters').waitFor();
    await on(page, 'room-name').fill(' https://meet.example.org/m/Some-Room?x=1 ');
    await on(page, 'join-room').click();
    await page.waitForURL('**/m/some-room');
    await expectGate(page, 'some-room', 'missing');
    await shot(page, 'gate-missing');
  });

  it('a name no room can have is told apart from a room that isn’t there', async () => {
    await go(stranger.page, '/m/no--room');
    await on(stranger.page, 'gate-badName').waitFor();
    await shot(stranger.page, 'gate-badName');
  });

  it('an address that leads nowhere says so', async () => {
    await go(stranger.page, '/nowhere/at-all');
    await on(stranger.page, 'lost').waitFor();
    await shot(stranger.page, 'lost');
  });

  it('a wrong password is refused without saying which part was wrong', async () => {
    const { page } = owner;
    await go(page, '/auth/login');
    await shot(page, 'login');
    await on(page, 'email').fill(admin().email);
    await on(page, 'password').fill('certainly-not-this-one');
    await on(page, 'submit').click();
    await page.getByText('The e-mail address or the password isn’t right.').waitFor();
    await shot(page, 'login-wrong');
    assert.match(page.url(), /\/auth\/login$/);
  });

  it('pages for members lead to the sign-in page, and back after it', async () => {
    const { page } = owner;
    await go(page, '/new');
    await page.waitForURL('**/auth/login?next=%2Fnew');
    const { email, password } = admin();
    await on(page, 'email').fill(email);
    await on(page, 'password').fill(password);
    await on(page, 'submit').click();
    await page.waitForURL('**/new');
    await shot(page, 'new');
  });

  it('a session outlives a reload, and an access token that is lost', async () => {
    const { page } = owner;
    await page.reload();
    await on(page, 'sign-out').waitFor();
    // A token the server doesn't take: the cookie brings a new one.
    await page.evaluate(() => {
      const key = 'bedrud.access';
      const [head, body] = localStorage.getItem(key).split('.');
      localStorage.setItem(key, `${head}.${body}.AAAA`);
    });
    const refreshed = page.waitForResponse('**/api/auth/refresh');
    await go(page, '/dashboard');
    assert.equal((await refreshed).status(), 200);
    await page.getByTestId('new-room').waitFor();
    assert.notEqual(await page.evaluate(() => localStorage.getItem('bedrud.access').split('.')[2]), 'AAAA');
  });

  it('a taken name is refused on the form', async () => {
    const { page } = owner;
    const name = await newRoom(page);
    await go(page, '/new');
    await on(page, 'room-name').fill(name);
    await on(page, 'submit').click();
    await page.getByText('A running room has this name already').waitFor();
    await on(page, 'room-name').fill('Bad_Name!');
    await on(page, 'max-participants').fill('many');
    await on(page, 'submit').click();
    await page.getByText('Use letters a–z').waitFor();
    await page.getByText('Give a number').waitFor();
    await shot(page, 'new-faults');
  });

  it('a private room lets its owner in and turns a guest away', async () => {
    const room = await newRoom(owner.page, { closed: true });
    await cameraCheck(owner.page);
    await expectGate(stranger.page, room, 'private');
    await shot(stranger.page, 'gate-private');
  });

  it('the owner’s list has the rooms and copies their links', async () => {
    const { page } = owner;
    await go(page, '/dashboard');
    const row = on(page, 'room').first();
    const name = await row.getAttribute('data-room');
    await row.getByTestId('copy-link').click();
    await row.getByText('Link copied').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`/m/${name}$`));
  });

  it('a newcomer registers, is signed in, and signs out', async () => {
    const { page } = stranger;
    await go(page, '/auth/register');
    await on(page, 'name').fill('Nora Newcomer');
    await on(page, 'email').fill(fresh);
    await on(page, 'password').fill('short');
    await on(page, 'submit').click();
    await page.getByText('at least 12 characters').nth(1).or(page.getByText('needs at least 12')).first().waitFor();
    await shot(page, 'register');
    await on(page, 'password').fill('a long enough password');
    await on(page, 'submit').click();
    await page.waitForURL('**/dashboard');
    await page.getByText('No rooms yet').waitFor();
    await shot(page, 'rooms-empty');
    await on(page, 'sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    assert.equal(await page.evaluate(() => localStorage.getItem('bedrud.access')), null);
  });

  it('the pages fit a phone, in the dark too', async () => {
    const small = await person(browser, { onPhone: true, dark: true });
    for (const [path, name] of [['/', 'home'], ['/auth/login', 'login'], ['/auth/register', 'register']]) {
      await go(small.page, path);
      await small.page.locator('h1').waitFor();
      await shot(small.page, `phone-${name}`);
      const overflow = await small.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${path} is ${overflow}px wider than the screen`);
    }
    await signIn(small.page, admin());
    for (const [path, name] of [['/dashboard', 'rooms'], ['/new', 'new']]) {
      await go(small.page, path);
      await small.page.locator('h1').waitFor();
      if (name === 'rooms') await on(small.page, 'room').first().waitFor();
      await shot(small.page, `phone-${name}`);
      const overflow = await small.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${path} is ${overflow}px wider than the screen`);
    }
    await newRoom(small.page);
    await cameraCheck(small.page);
    await shot(small.page, 'phone-lobby');
    await on(small.page, 'enter').click();
    await small.page.locator('[data-testid=meeting][data-state=connected]').waitFor();
    await small.page.locator('[data-testid=tile] video').waitFor();
    await shot(small.page, 'phone-meeting');
    await wasFine(small);
    await small.context.close();
  });

  it('a server that can’t be reached is named as what it is', async () => {
    const { page } = owner;
    const room = await newRoom(page);
    await cameraCheck(page);
    // LiveKit's door shut, the control plane's open.
    await page.routeWebSocket(/.*/, (socket) => socket.close());
    await page.route(/\/rtc(\/|\?|$)/, (route) => route.abort());
    await on(page, 'enter').click();
    await on(page, 'gate-unreachable').waitFor({ timeout: 120_000 });
    await shot(page, 'gate-unreachable');
    await page.unrouteAll();
    await page.route('**/api/**', (route) => route.abort());
    await go(page, `/m/${room}`);
    await on(page, 'gate-offline').waitFor();
    await shot(page, 'gate-offline');
    await page.unrouteAll();
  });

  it('too many tries are answered with how long to wait', async () => {
    const { page } = stranger;
    const busy = { status: 429, contentType: 'application/json', body: '{"error":"slow"}', headers: { 'Retry-After': '60' } };
    await page.route('**/api/room/check/**', (route) => route.fulfill({ json: { exists: true, name: 'any-room' } }));
    await page.route('**/api/room/guest-join', (route) => route.fulfill(busy));
    await go(page, '/m/any-room');
    await on(page, 'guest-name').fill('Hasty');
    await on(page, 'enter').click();
    await page.getByText(/You can try again in \d+ second/).waitFor();
    await shot(page, 'lobby-wait');
    assert.ok(await on(page, 'enter').isDisabled());
    await page.clock.setFixedTime(Date.now() + 60_000);
    await page.locator('[data-testid=enter]:not([disabled])').waitFor();
    await page.unrouteAll();
  });

  it('nothing broke, and nothing asked for what the page’s policy forbids', async () => {
    await wasFine(owner);
    await wasFine(stranger);
  });
});
