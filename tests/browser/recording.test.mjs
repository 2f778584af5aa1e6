// SPDX-License-Identifier: Apache-2.0
// Recording: what who may record sees when it can't be, the badge that everybody sees, and the pages of what was recorded.
// The house has no recorder: rows and the file are put into its store by the test, as webhook and bedrud-worker would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessible, admin, enter, go, newRoom, on, openBrowser, person, picture, shot, signIn, tell, wasFine } from './house.mjs';

const state = process.env.BEDRUD_STATE ?? '../../var';
const database = join(state, 'bedrud.db');

/** One statement in the house's store; resolves to what it selects, a list of rows. */
function sql(statement) {
  return execFileSync('sqlite3', ['-cmd', '.timeout 20000', '-separator', '\t', database, statement], { encoding: 'utf8' })
    .trim().split('\n').map((line) => line.split('\t'));
}

const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;
const now = () => new Date().toISOString().replace('T', ' ').replace('Z', '+00:00');

/** A recording in the store. */
function insert(room, { id = randomUUID(), status = 'started', at = 'active', type = 'composite', error = '', bytes = 0, ms = 0, key = '' } = {}) {
  const [[roomId, owner]] = sql(`SELECT id, created_by FROM rooms WHERE name = ${quoted(room)} AND is_active = 1`);
  sql(`BEGIN IMMEDIATE;
    INSERT INTO recordings (id, room_id, room_name, egress_id, file_size, recording_type, duration_ms, status, error, created_by, created_at, updated_at)
      VALUES (${[id, roomId, room, `EG_${id}`].map(quoted)}, ${bytes}, ${quoted(type)}, ${ms}, ${[status, error, owner, now(), now()].map(quoted)});
    INSERT INTO recording_facts (recording_id, room_id, state, storage, object_key, file_name, moved_at, checked_at)
      VALUES (${[id, roomId, at, 'local', key, `${room}.mp4`].map(quoted)}, ${Date.now()}000000, ${Date.now()}000000);
    COMMIT`);
  return { id, roomId, owner };
}

/** A recording that is ready, with a real MP4 of two seconds. */
function record(room, more = {}) {
  const id = randomUUID();
  const key = `browser/${id}.mp4`;
  const file = join(state, 'data/recordings', key);
  const { uid, gid } = statSync(database);
  for (const folder of ['data', 'data/recordings', 'data/recordings/browser'].map((name) => join(state, name))) {
    if (!existsSync(folder)) {
      mkdirSync(folder);
      chownSync(folder, uid, gid);
    }
  }
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10:duration=2', '-f', 'lavfi', '-i', 'sine=duration=2',
    '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', file]);
  chownSync(file, uid, gid);
  return { file, ...insert(room, { id, status: 'completed', at: 'completed', bytes: statSync(file).size, ms: 2000, key, ...more }) };
}

function becomes(id, status, at, error = '') {
  sql(`BEGIN IMMEDIATE; UPDATE recordings SET status = ${quoted(status)}, error = ${quoted(error)} WHERE id = ${quoted(id)};
    UPDATE recording_facts SET state = ${quoted(at)}, moved_at = ${Date.now()}000000 WHERE recording_id = ${quoted(id)}; COMMIT`);
}

const row = (page, id) => page.locator(`[data-testid=recording][data-id="${id}"]`);
const toast = (page, text) => page.locator('.toasts').getByText(text).waitFor();

describe('recording', { timeout: 240_000 }, () => {
  let one, two, host, guest, room, hadSettings;

  before(async () => {
    [[hadSettings]] = sql('SELECT count(*) FROM system_settings');
    sql('INSERT OR IGNORE INTO system_settings (id) VALUES (1); UPDATE system_settings SET recordings_enabled = 1');
    [one, two] = await Promise.all([openBrowser(), openBrowser()]);
    [host, guest] = await Promise.all([person(one), person(two, { onPhone: true })]);
    await signIn(host.page, admin());
    room = await newRoom(host.page);
    await enter(host.page);
    await go(guest.page, `/m/${room}`);
    await enter(guest.page, 'Greta Guest');
  });
  after(async () => {
    sql(Number(hadSettings) ? 'UPDATE system_settings SET recordings_enabled = 0' : 'DELETE FROM system_settings');
    await Promise.all([one?.close(), two?.close()]);
  });

  it('why it can’t be recorded is said in the server’s words', async () => {
    const { page } = host;
    await on(page, 'record').waitFor();
    await accessible(page, 'the meeting, with the button');
    await on(page, 'record').click();
    await on(page, 'recording-start').click();
    const problem = on(page, 'recording-dialog').getByTestId('problem');
    await problem.waitFor();
    assert.match(await problem.innerText(), /Recording needs Redis.*livekit\.redis\.address/);
    assert.ok(await on(page, 'recording-start').isEnabled(), 'one can try again');
    await shot(page, 'recording-refused');
    await page.keyboard.press('Escape');
    await on(page, 'recording-problem').getByRole('button').click();
    await on(page, 'recording-problem').waitFor({ state: 'detached' });
    // Who may not isn't offered it.
    await on(guest.page, 'more').click();
    await on(guest.page, 'people').waitFor();
    assert.equal(await on(guest.page, 'record').count(), 0);
    await guest.page.keyboard.press('Escape');
  });

  it('everybody sees that it is recorded, as the server says, and until when', async () => {
    const { id } = insert(room);
    await tell(room, { type: 'system', event: 'recording_started', recordingId: id });
    for (const { page } of [host, guest]) {
      await toast(page, 'This meeting is being recorded');
      await on(page, 'recorded').waitFor();
    }
    await shot(guest.page, 'recording-phone');
    await accessible(host.page, 'the meeting, while it is recorded');
    await on(host.page, 'record').click();
    await on(host.page, 'recording-stop').waitFor();
    await shot(host.page, 'recording-on');
    // Who comes later sees it, too.
    const late = await person(two);
    await go(late.page, `/m/${room}`);
    await enter(late.page, 'Theo Third');
    await on(late.page, 'recorded').waitFor();
    await toast(late.page, 'This meeting is being recorded');
    await late.context.close();
    becomes(id, 'processing', 'processing');
    await tell(room, { type: 'system', event: 'recording_stopped', recordingId: id });
    for (const { page } of [host, guest]) {
      await toast(page, 'This meeting is no longer being recorded');
      await on(page, 'recorded').waitFor({ state: 'detached' });
    }
    const progress = on(host.page, 'recording-now');
    await progress.getByText('The last recording is being prepared.').waitFor();
    becomes(id, 'failed', 'failed', 'The recording is empty.');
    await on(host.page, 'recording-dialog').getByText('The recording failed. The recording is empty.').waitFor();
    await host.page.keyboard.press('Escape');
    // It is over where a new one comes in.
    await guest.page.reload();
    await enter(guest.page, 'Greta Guest');
    assert.equal(await on(guest.page, 'recorded').count(), 0);
  });

  it('the recordings of a room are played, downloaded and deleted', async () => {
    const { page } = host;
    const { id, file } = record(room);
    await on(page, 'record').click();
    const [list] = await Promise.all([host.context.waitForEvent('page'), on(page, 'recordings-link').click()]);
    await row(list, id).waitFor();
    assert.match(await row(list, id).innerText(), /Ready.*Length 0:02.*\d kB/s);
    await list.locator('[data-state=failed]').getByText('The recording is empty.').waitFor();
    await row(list, id).getByTestId('play').click();
    const player = row(list, id).getByTestId('player');
    await player.waitFor();
    await player.evaluate((video) => video.play());
    await list.waitForFunction(() => {
      const video = document.querySelector('[data-testid=player]');
      return video.videoWidth === 320 && video.currentTime > 0.3;
    });
    await player.evaluate((video) => video.pause());
    await shot(list, 'recordings');
    const [download] = await Promise.all([list.waitForEvent('download'), row(list, id).getByTestId('download').click()]);
    assert.equal(download.suggestedFilename(), `${room}.mp4`);
    assert.equal(statSync(await download.path()).size, statSync(file).size);
    await row(list, id).getByTestId('delete-recording').click();
    await on(list, 'confirm-recordings').waitFor();
    await picture(list, 'recordings-delete');
    await on(list, 'confirm-yes').click();
    await row(list, id).waitFor({ state: 'detached' }); // the house's worker has removed it
    assert.ok(!existsSync(file), 'the file is gone, too');
    await list.close();
    await page.keyboard.press('Escape');
    await wasFine(host);
    await wasFine(guest);
  });

  it('who runs the server sees those of all rooms, and deletes many', async () => {
    const { page } = host;
    const made = [record(room), record(room, { type: 'audio' })];
    const { id: running } = insert(room);
    await go(page, '/dashboard');
    await on(page, 'all-recordings').click();
    for (const { id } of made) await row(page, id).getByTestId('choose').check();
    assert.ok(await row(page, running).getByTestId('choose').isDisabled());
    await shot(page, 'recordings-all');
    await on(page, 'delete-chosen').click();
    await page.getByRole('heading', { name: 'Delete 2 recordings?' }).waitFor();
    await on(page, 'confirm-yes').click();
    for (const { id, file } of made) {
      await row(page, id).waitFor({ state: 'detached' });
      assert.ok(!existsSync(file));
    }
    becomes(running, 'failed', 'failed', 'The recording is empty.');
    const empty = await newRoom(page);
    await go(page, '/dashboard');
    const mine = page.locator(`[data-testid=room][data-room="${empty}"]`);
    await mine.getByTestId('manage-room').click();
    await on(page, 'do-recordings').click();
    await page.getByRole('heading', { name: 'No recordings yet' }).waitFor();
    await shot(page, 'recordings-empty');
    await wasFine(host);
  });
});
