// SPDX-License-Identifier: Apache-2.0
// Recording: a meeting is recorded from the button to the file, by a stand-in for the recorder; why it can't be; the badge
// that everybody sees; and the pages of what was recorded. Where many recordings are needed, the test puts rows and files into
// the house's store, as webhook and bedrud-worker would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessible, account, admin, base, enter, go, newRoom, on, openBrowser, person, picture, shot, signIn, tell, wasFine } from './house.mjs';
import { recorder } from './recorder.mjs';

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
function insert(room, { id = randomUUID(), status = 'started', at = 'active', type = 'composite', error = '', bytes = 0, ms = 0, key = '', storage = 'local' } = {}) {
  const [[roomId, owner]] = sql(`SELECT id, created_by FROM rooms WHERE name = ${quoted(room)} AND is_active = 1`);
  sql(`BEGIN IMMEDIATE;
    INSERT INTO recordings (id, room_id, room_name, egress_id, file_size, recording_type, duration_ms, status, error, created_by, created_at, updated_at)
      VALUES (${[id, roomId, room, `EG_${id}`].map(quoted)}, ${bytes}, ${quoted(type)}, ${ms}, ${[status, error, owner, now(), now()].map(quoted)});
    INSERT INTO recording_facts (recording_id, room_id, state, storage, object_key, file_name, moved_at, checked_at)
      VALUES (${[id, roomId, at, storage, key, `${room}.mp4`].map(quoted)}, ${Date.now()}000000, ${Date.now()}000000);
    COMMIT`);
  return { id, roomId, owner };
}

/** A folder below `top`, and those above it, for the user of the house's programs. */
function folder(top, path) {
  const { uid, gid } = statSync(top);
  const made = mkdirSync(join(top, path), { recursive: true });
  for (let one = join(top, path); made && one.startsWith(made); one = dirname(one)) chownSync(one, uid, gid);
  return join(top, path);
}

let sample; // an MP4 of two seconds

/** A recording that is ready, its file in the house's folder or in a bucket's. */
function record(room, { bucket, ...more } = {}) {
  const id = randomUUID();
  const key = `browser/${id}.mp4`;
  const file = bucket ? join(bucket, key) : join(folder(state, 'data/recordings/browser'), `${id}.mp4`);
  mkdirSync(dirname(file), { recursive: true });
  if (sample) {
    writeFileSync(file, sample);
  } else {
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10:duration=2', '-f', 'lavfi', '-i', 'sine=duration=2',
      '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', file]);
    sample = readFileSync(file);
  }
  const { uid, gid } = statSync(state);
  chownSync(file, uid, gid);
  return { file, ...insert(room, { id, status: 'completed', at: 'completed', bytes: statSync(file).size, ms: 2000, key, storage: bucket ? 's3' : 'local', ...more }) };
}

function becomes(id, status, at, error = '') {
  sql(`BEGIN IMMEDIATE; UPDATE recordings SET status = ${quoted(status)}, error = ${quoted(error)} WHERE id = ${quoted(id)};
    UPDATE recording_facts SET state = ${quoted(at)}, moved_at = ${Date.now()}000000 WHERE recording_id = ${quoted(id)}; COMMIT`);
}

const row = (page, id) => page.locator(`[data-testid=recording][data-id="${id}"]`);
/** Plays what is in a row, a moment from its begin and a moment from its middle; resolves to the answers that brought it. */
async function plays(page, id, length) {
  const parts = [];
  page.on('response', (reply) => {
    if (reply.request().resourceType() === 'media') parts.push(reply);
  });
  await row(page, id).getByTestId('play').click();
  const player = row(page, id).getByTestId('player');
  await player.waitFor();
  const reaches = (s) => page.waitForFunction(([one, at]) => {
    const video = document.querySelector(`[data-id="${one}"] video`);
    return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0 && video.currentTime > at;
  }, [id, s]);
  await player.evaluate((video) => video.play());
  await reaches(0.1);
  assert.ok(Math.abs(await player.evaluate((video) => video.duration) - length) < 1, 'its length is known');
  const sought = await player.evaluate((video, at) => new Promise((done) => {
    video.pause();
    video.addEventListener('seeked', () => done(video.currentTime), { once: true });
    video.currentTime = at;
  }), length / 2);
  assert.ok(Math.abs(sought - length / 2) < 0.5, `${sought} s instead of ${length / 2}`);
  await player.evaluate((video) => video.play());
  await reaches(length / 2 + 0.1);
  await player.evaluate((video) => video.pause());
  return Promise.all(parts.map(async (reply) => ({ status: reply.status(), url: reply.url(), range: (await reply.request().allHeaders()).range })));
}

const toast = (page, text) => page.locator('.toasts').getByText(text).waitFor();

describe('recording', { timeout: 240_000 }, () => {
  let one, two, host, guest, room, hadSettings, worker, made;

  before(async () => {
    [[hadSettings]] = sql('UPDATE system_settings SET recordings_enabled = 0; SELECT count(*) FROM system_settings');
    [one, two, worker] = await Promise.all([openBrowser(), openBrowser(), recorder()]);
    [host, guest] = await Promise.all([person(one), person(two, { onPhone: true })]);
    await signIn(host.page, admin());
    room = await newRoom(host.page);
    await enter(host.page);
  });
  after(async () => {
    sql(Number(hadSettings) ? 'UPDATE system_settings SET recordings_enabled = 0' : 'DELETE FROM system_settings');
    worker?.end();
    await Promise.all([one?.close(), two?.close()]);
  });

  it('is offered where the server allows it, to those who may', async () => {
    const { page } = host;
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.endsWith('/api/auth/settings') && responseEnd > 0));
    await on(page, 'devices').waitFor();
    assert.equal(await on(page, 'record').count(), 0);
    sql('INSERT OR IGNORE INTO system_settings (id) VALUES (1); UPDATE system_settings SET recordings_enabled = 1');
    const allow = (n) => sql(`UPDATE rooms SET settings_recordings_allowed = ${n} WHERE name = ${quoted(room)}`);
    allow(0);
    await page.reload();
    await enter(page);
    await on(page, 'devices').waitFor();
    assert.equal(await on(page, 'record').count(), 0, 'the room doesn’t allow it');
    allow(1);
    await tell(room, { type: 'system', event: 'settings' });
    await on(page, 'record').waitFor();
    await accessible(page, 'the meeting, with the button');
    await go(guest.page, `/m/${room}`);
    await enter(guest.page, 'Greta Guest');
    await on(guest.page, 'more').click();
    await on(guest.page, 'people').waitFor();
    assert.equal(await on(guest.page, 'record').count(), 0);
    await guest.page.keyboard.press('Escape');
  });

  it('why it can’t be recorded is said in the server’s words', async () => {
    const { page } = host;
    worker.script({ start: 'fail' });
    await on(page, 'record').click();
    await on(page, 'recording-start').click();
    const problem = on(page, 'recording-dialog').getByTestId('problem');
    await problem.waitFor();
    assert.match(await problem.innerText(), /^The recording failed\. .*page load error/);
    assert.ok(await on(page, 'recording-start').isEnabled(), 'one can try again');
    await shot(page, 'recording-refused');
    await page.keyboard.press('Escape');
    await on(page, 'recording-problem').getByRole('button').click();
    await on(page, 'recording-problem').waitFor({ state: 'detached' });
  });

  it('everybody sees that it is recorded, and until when', async () => {
    const { page } = host;
    worker.script({ length_s: 20, active_ms: 300 });
    await on(page, 'record').click();
    await on(page, 'recording-layout').selectOption('speaker');
    await page.evaluate(() => {
      const now = document.querySelector('[data-testid=recording-now]');
      window.testStates = [];
      new MutationObserver(() => window.testStates.push(now.dataset.state)).observe(now, { attributes: true });
    });
    await on(page, 'recording-start').click();
    await Promise.all([host, guest].flatMap((one) => [on(one.page, 'recorded').waitFor(), toast(one.page, 'This meeting is being recorded')]));
    await on(page, 'recording-now').getByText('The meeting is being recorded.').waitFor();
    await shot(page, 'recording-on');
    [[made]] = sql("SELECT recording_id FROM recording_facts WHERE state = 'active'");
    assert.deepEqual(sql(`SELECT layout, audio_only FROM recording_facts WHERE recording_id = ${quoted(made)}`), [['speaker', '0']]);
    await page.keyboard.press('Escape');
    await accessible(page, 'the meeting, while it is recorded');
    await shot(guest.page, 'recording-phone');
    // Who comes later sees it, too.
    const late = await person(two);
    await go(late.page, `/m/${room}`);
    await enter(late.page, 'Theo Third');
    await on(late.page, 'recorded').waitFor();
    await toast(late.page, 'This meeting is being recorded');
    await late.context.close();
    await on(page, 'record').click();
    await on(page, 'recording-stop').click();
    await Promise.all([toast(page, 'The recording is ready'), ...[host, guest].flatMap((one) => [
      toast(one.page, 'This meeting is no longer being recorded'), on(one.page, 'recorded').waitFor({ state: 'detached' })])]);
    await on(page, 'recording-now').getByText('The last recording is ready.').waitFor();
    const states = await page.evaluate(() => window.testStates);
    assert.deepEqual(states.slice(0, 1), ['asking'], states.join());
    // It is over where a new one comes in.
    await guest.page.reload();
    await enter(guest.page, 'Greta Guest');
    assert.equal(await on(guest.page, 'recorded').count(), 0);
  });

  it('the recordings of a room are played, downloaded and deleted', async () => {
    const { page } = host;
    const [list] = await Promise.all([host.context.waitForEvent('page'), on(page, 'recordings-link').click()]);
    await row(list, made).waitFor();
    assert.match(await row(list, made).innerText(), /Ready.*Length 0:\d\d.*\d (k|M)B/s);
    await list.locator('[data-state=failed]').getByText('page load error').waitFor();
    const parts = await plays(list, made, 20);
    assert.ok(parts.length > 0 && parts.every(({ status, range }) => status === 206 && /^bytes=/.test(range)), JSON.stringify(parts));
    await shot(list, 'recordings');
    const [download] = await Promise.all([list.waitForEvent('download'), row(list, made).getByTestId('download').click()]);
    assert.match(download.suggestedFilename(), new RegExp(`^${room} \\d{4}-\\d\\d-\\d\\d \\d\\d-\\d\\d\\.mp4$`));
    const stored = () => readdirSync(join(state, 'data/recordings'), { recursive: true }).find((name) => name.endsWith(`${made}.mp4`));
    assert.equal(statSync(await download.path()).size, statSync(join(state, 'data/recordings', stored())).size);

    // Who has no right to it sees neither the list nor the file.
    const stranger = await person(two);
    await signIn(stranger.page, account('Nora Newcomer'));
    await go(stranger.page, new URL(list.url()).pathname);
    await on(stranger.page, 'problem').waitFor();
    assert.equal(await on(stranger.page, 'recording').count(), 0);
    const file = `${base}/api${new URL(list.url()).pathname}/${made}/download`;
    assert.equal((await stranger.context.request.get(file)).status(), 404);
    assert.equal((await host.context.request.get(file)).status(), 200);
    await stranger.context.clearCookies();
    assert.equal((await stranger.context.request.get(file)).status(), 401);
    await stranger.context.close();

    await row(list, made).getByTestId('delete-recording').click();
    await on(list, 'confirm-recordings').waitFor();
    await accessible(list, 'the question before deleting');
    await picture(list, 'recordings-delete');
    await on(list, 'confirm-yes').click();
    await row(list, made).waitFor({ state: 'detached' }); // the house's worker has removed it
    assert.equal(stored(), undefined, 'the file is gone, too');
    await list.close();
    await page.keyboard.press('Escape');
    await wasFine(host);
    await wasFine(guest);
  });

  it('what is in S3 is played from there, and all of a room go at once', async () => {
    const { page } = host;
    const { id, roomId } = record(room, { bucket: worker.bucket });
    const { file } = record(room);
    await go(page, `/rooms/${roomId}/recordings`);
    const parts = await plays(page, id, 2);
    assert.ok(parts.some(({ status, url }) => status === 206 && /^https:\/\/127\.0\.0\.1:\d+\/meet\/browser\/.*X-Amz-Signature=/.test(url)), JSON.stringify(parts));
    await wasFine(host);
    sql(`DELETE FROM recording_facts WHERE recording_id = ${quoted(id)}; DELETE FROM recordings WHERE id = ${quoted(id)}`); // the worker trusts no such certificate
    // One whose file is gone says so here, and leads nowhere.
    const { id: broken, file: gone } = record(room);
    rmSync(gone);
    await page.reload();
    await row(page, broken).getByTestId('download').click();
    await on(page, 'problem').getByText('The file of this recording is missing').waitFor();
    await on(page, 'delete-all').click();
    await page.getByRole('heading', { name: 'Delete all recordings of this room?' }).waitFor();
    await on(page, 'confirm-yes').click();
    await page.getByRole('heading', { name: 'No recordings yet' }).waitFor();
    assert.ok(!existsSync(file));
    await shot(page, 'recordings-empty');
  });

  it('who runs the server sees those of all rooms, and deletes many', async () => {
    const { page } = host;
    const two = [record(room), record(room, { type: 'audio' })];
    const { id: running } = insert(room);
    await go(page, '/dashboard');
    await on(page, 'all-recordings').click();
    for (const { id } of two) await row(page, id).getByTestId('choose').check();
    assert.ok(await row(page, running).getByTestId('choose').isDisabled());
    await shot(page, 'recordings-all');
    await on(page, 'delete-chosen').click();
    await page.getByRole('heading', { name: 'Delete 2 recordings?' }).waitFor();
    await on(page, 'confirm-yes').click();
    for (const { id, file } of two) {
      await row(page, id).waitFor({ state: 'detached' });
      assert.ok(!existsSync(file));
    }
    becomes(running, 'failed', 'failed', 'The recording is empty.');
    await wasFine(host);
  });
});
