// SPDX-License-Identifier: Apache-2.0
// What holds for the app as a whole: its languages and its look, the keyboard, what a screen reader is told, its weight.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { admin, enter, go, newRoom, on, openBrowser, person, signIn, wasFine } from './house.mjs';

/** Most that a browser fetches before a meeting, compressed, in bytes. */
const FIRST_LOAD = 350 * 1024;

describe('the app', { timeout: 180_000 }, () => {
  let browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => browser?.close());

  const language = (page) => page.evaluate(() => document.documentElement.lang);
  const paper = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it('speaks the browser’s language where it can, else English', async () => {
    for (const [locale, wanted, title] of [['es-MX', 'es', 'Reúnete cara a cara'], ['en-GB', 'en', 'Meet face to face'], ['ja-JP', 'en', 'Meet face to face']]) {
      const { context, page } = await person(browser, { locale });
      await go(page, '/');
      await page.getByRole('heading', { level: 1 }).getByText(title).waitFor();
      assert.equal(await language(page), wanted, locale);
      await context.close();
    }
  });

  it('the language chosen stays, in every tab, and in the middle of a form', async () => {
    const { context, page } = await person(browser);
    const other = await context.newPage();
    await go(other, '/auth/login');
    await go(page, '/auth/register');
    await on(page, 'name').fill('Nora Newcomer');
    await on(page, 'language').selectOption('es');
    await page.getByRole('button', { name: 'Crear cuenta' }).waitFor();
    assert.equal(await on(page, 'name').inputValue(), 'Nora Newcomer');
    assert.equal(await language(page), 'es');
    assert.match(await page.title(), /^Crear una cuenta/);
    await other.getByRole('heading', { name: 'Iniciar sesión' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Crear cuenta' }).waitFor();
    await context.close();
  });

  it('light or dark is the system’s wish, until the person chooses', async () => {
    const { context, page } = await person(browser);
    await go(page, '/');
    const light = await paper(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await paper(page);
    assert.notEqual(dark, light);
    await on(page, 'theme').selectOption('light');
    assert.equal(await paper(page), light);
    await page.reload();
    await on(page, 'theme').waitFor();
    assert.equal(await paper(page), light);
    await page.emulateMedia({ colorScheme: 'light' });
    await on(page, 'theme').selectOption('dark');
    assert.equal(await paper(page), dark);
    await on(page, 'theme').selectOption('auto');
    assert.equal(await paper(page), light);
    await context.close();
  });

  it('weighs little before a meeting, whose part comes only with a room', async () => {
    const { context, page } = await person(browser);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    const urls = [];
    devtools.on('Network.responseReceived', ({ response }) => urls.push(response.url));
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    const load = async (path) => {
      bytes = 0;
      urls.length = 0;
      await page.goto('about:blank');
      await page.goto(new URL(path, process.env.BEDRUD_URL).href, { waitUntil: 'networkidle' });
      return bytes;
    };
    for (const path of ['/', '/auth/login', '/auth/register', '/nowhere']) {
      const weight = await load(path);
      assert.ok(weight > 10_000 && weight <= FIRST_LOAD, `${path} fetches ${weight} bytes`);
      assert.deepEqual(urls.filter((url) => /Meeting-/.test(url)), [], path);
      console.log(`first load of ${path}: ${Math.ceil(weight / 1024)} KiB`);
    }
    await load('/m/some-room');
    assert.equal(urls.filter((url) => /\/assets\/Meeting-\w+\.js$/.test(url)).length, 1, 'the part for meetings comes with a room');
    await context.close();
  });

  /** What the Tab key reaches from the page's top, in order: role or tag and name of each. */
  async function walk(page) {
    const stops = [];
    await page.evaluate(() => document.activeElement?.blur());
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const labelled = element.labels?.[0]?.innerText ?? '';
        const { outlineStyle } = getComputedStyle(element);
        const marked = outlineStyle !== 'none' || element.matches('.switch input');
        const name = element.getAttribute('aria-label') ?? (labelled || element.innerText || '');
        return { name: name.trim().split('\n')[0], marked, id: element.dataset.testid ?? '' };
      });
      if (stop === null || (stops.length > 0 && stop.id === stops[0].id && stop.name === stops[0].name)) break;
      assert.ok(stop.name, `something without a name after ${stops.at(-1)?.name}`);
      assert.ok(stop.marked, `${stop.name} doesn't show that it has the focus`);
      stops.push(stop);
    }
    return stops.map(({ name }) => name);
  }

  it('the Tab key goes through each page in the order it is read, and shows where it is', async () => {
    const { context, page } = await person(browser);
    await go(page, '/');
    await on(page, 'room-name').waitFor();
    const ends = ['Language', 'Appearance'];
    const top = ['Skip to content', 'Bedrud, Home', 'Sign in', 'Create account'];
    assert.deepEqual(await walk(page), [...top, 'Room name or link', 'Join', 'sign in', 'create an account', ...ends]);
    await go(page, '/auth/login');
    assert.deepEqual(await walk(page), [...top, 'E-mail address', 'Password', 'Show password', 'Sign in', 'Create account', ...ends]);
    await context.close();
  });

  it('without a mouse: from the sign-in page into a meeting, and out of it', async () => {
    const { context, page, problems } = await person(browser);
    const at = (id) => page.waitForFunction((wanted) => document.activeElement?.dataset.testid === wanted, id);
    const tabTo = async (id) => {
      for (let i = 0; i < 40; i++) {
        if (await page.evaluate((wanted) => document.activeElement?.dataset.testid === wanted, id)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`Tab doesn't reach ${id}`);
    };
    await signIn(page, admin());
    await tabTo('new-room');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/new');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'a new page’s heading has the focus');
    await tabTo('submit');
    await page.keyboard.press('Enter');
    await on(page, 'lobby').waitFor();
    await tabTo('enter');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=meeting][data-state=connected]').waitFor();
    await on(page, 'alone').waitFor();

    const stops = await walk(page);
    const order = ['Switch mic off', 'Switch camera off', 'Share screen', 'Raise hand', 'React', 'Chat', 'People', 'Settings', 'Leave'];
    assert.deepEqual(stops.filter((name) => order.includes(name)), order, stops.join(', '));

    await tabTo('react');
    await page.keyboard.press('Enter');
    await at('react-reaction.thumbsUp');
    await page.keyboard.press('Escape');
    await at('react');
    await tabTo('people');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H2');
    await page.keyboard.press('Escape');
    await at('people');
    await tabTo('devices');
    await page.keyboard.press('Enter');
    await on(page, 'settings').waitFor();
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body ||
        document.activeElement.closest('dialog') !== null), 'the focus stays in the dialogue');
    }
    await on(page, 'settings').getByTestId('language').selectOption('es');
    await page.getByRole('heading', { name: 'Ajustes' }).waitFor();
    await page.keyboard.press('Escape');
    await at('devices');
    await page.locator('[data-testid=meeting][data-state=connected]').waitFor(); // the language changed, the call went on
    await page.getByRole('button', { name: 'Apagar el micro' }).waitFor();
    await tabTo('leave');
    await page.keyboard.press('Enter');
    await on(page, 'gate-left').waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    await wasFine({ page, problems });
    await context.close();
  });

  it('who can’t see is told who comes, what is written, and what goes wrong', async () => {
    const [host, guest] = [await person(browser), await person(browser)];
    await signIn(host.page, admin());
    const room = await newRoom(host.page);
    await enter(host.page);
    await host.page.evaluate(() => {
      window.told = [];
      const live = (node) => (node instanceof Element ? node : node.parentElement)?.closest('[role=status], [role=alert], [aria-live]');
      new MutationObserver((changes) => {
        for (const { addedNodes, target, type } of changes) {
          for (const node of type === 'characterData' ? [target] : addedNodes) {
            if (live(target)) window.told.push(node.textContent);
          }
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    const told = (text) => host.page.waitForFunction((wanted) => window.told.some((one) => one.includes(wanted)), text);
    await go(guest.page, `/m/${room}`);
    await on(guest.page, 'enter').click();
    assert.equal(await on(guest.page, 'guest-name').getAttribute('aria-invalid'), 'true');
    await enter(guest.page, 'Greta Guest');
    await told('Greta Guest joined');
    await on(guest.page, 'hand').click();
    await told('Greta Guest raised a hand');
    await on(guest.page, 'chat').click();
    await on(guest.page, 'chat-input').fill('Hello');
    await on(guest.page, 'chat-send').click();
    await told('Greta Guest: Hello');
    await on(guest.page, 'leave').click();
    await told('Greta Guest left');
    await Promise.all([host.context.close(), guest.context.close()]);
  });
});
