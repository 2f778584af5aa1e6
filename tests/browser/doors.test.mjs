// SPDX-License-Identifier: Apache-2.0
// The camera check when there is something to say, and when nobody wants to see it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { admin, base, enter, go, newRoom, on, openBrowser, person, shot, signIn } from './house.mjs';

const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.1 Mobile/15E148 Safari/604.1';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('the camera check', { timeout: 120_000 }, () => {
  let willing, asking, bare, host, room;
  const lan = new URL(base);
  lan.hostname = 'meet.test'; // not localhost: without HTTPS it isn't secure

  before(async () => {
    [willing, asking, bare] = await Promise.all([
      openBrowser(), openBrowser({ ask: true, more: [`--host-resolver-rules=MAP ${lan.hostname} 127.0.0.1`] }),
      openBrowser({ devices: 0 }),
    ]);
    host = await person(willing);
    await signIn(host.page, admin());
    room = await newRoom(host.page);
  });
  after(async () => {
    await Promise.all([willing?.close(), asking?.close(), bare?.close()]);
  });

  /** Opens the room's door as somebody; resolves to what it says of the device. */
  async function told(browser, options = {}, url = base) {
    const one = await person(browser, { allowed: [], ...options });
    await one.page.goto(`${url}/m/${room}`);
    const box = on(one.page, 'refused');
    await box.first().waitFor();
    return { ...one, box: box.first(), why: await box.first().getAttribute('data-why'), text: await box.first().innerText() };
  }

  it('a refusal is said once for both devices, with the place to undo it', async () => {
    const { context, page, why, text, box } = await told(asking);
    assert.equal(why, 'denied');
    assert.equal(await box.getAttribute('data-device'), 'both');
    assert.match(text, /doesn’t let the page use the camera and the microphone\. Click the icon left of the address/);
    await shot(page, 'lobby-denied');
    // Allowed after all: the browser tells, and the picture comes without a reload.
    await context.grantPermissions(['camera', 'microphone'], { origin: base });
    await on(page, 'device-retry').click({ timeout: 2000 }).catch(() => undefined); // gone already where the browser told first
    await box.waitFor({ state: 'detached' });
    await page.locator('.preview.live').waitFor();
    await context.close();
  });

  it('each browser has its own place', async () => {
    for (const [userAgent, wanted] of [[firefox, /crossed-out/], [iPhone, /Website Settings/]]) {
      const { context, text } = await told(asking, { userAgent });
      assert.match(text, wanted);
      await context.close();
    }
  });

  it('no device at all, and an address that isn’t secure', async () => {
    const none = await told(bare, { allowed: ['camera', 'microphone'] });
    assert.equal(none.why, 'missing');
    await enter(none.page, 'Nora None'); // she joins and listens
    await on(none.page, 'refused').waitFor(); // and is told there, too
    await shot(none.page, 'meeting-no-device');
    await none.context.close();
    const open = await told(asking, {}, lan.origin);
    assert.equal(open.why, 'insecure');
    assert.match(open.text, /begins with https/);
    await shot(open.page, 'lobby-insecure');
    await open.context.close();
  });

  it('whoever doesn’t want to see it goes straight in, until they want it again', async () => {
    const { page } = host;
    await go(page, `/m/${room}`);
    await page.getByText('Don’t show this camera check again').click();
    await enter(page);
    await go(page, `/m/${room}`);
    await page.locator('[data-testid=meeting][data-state=connected]').waitFor();
    await on(page, 'devices').click();
    await on(page, 'settings').waitFor();
    await shot(page, 'meeting-settings');
    await page.getByText('Show the camera check before joining').click();
    await go(page, `/m/${room}`);
    await on(page, 'lobby').waitFor();
    assert.equal(await on(page, 'skip-check').isChecked(), false);
  });
});
