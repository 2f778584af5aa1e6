// SPDX-License-Identifier: Apache-2.0
// docs/meeting.png, and docs/screenshots: of each page one picture with its four looks (English and Spanish, light and dark), and the page
// docs/screenshots.md that shows them. Made of what the tests left; ./quickstart test browser --screenshots calls it.
// usage: SCREENSHOT_DIR=DIR node pictures.mjs DOCS
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser, shots } from './house.mjs';

const pages = {
  'Around a meeting': {
    home: 'The landing page', login: 'Sign in', 'login-wrong': 'Sign in, refused', 'login-unverified': 'Sign in, address not confirmed',
    register: 'Create an account', 'register-invite': 'With an invitation', 'register-mail': 'A letter is on its way',
    'register-closed': 'No new accounts', rooms: 'My rooms', 'rooms-empty': 'My rooms, none yet', 'rooms-delete': 'Delete a room', 'rooms-menu': 'Manage a room',
    new: 'New room', 'new-faults': 'New room, something to set right', lost: 'No such page', crash: 'A page that broke',
  },
  'The camera check': {
    'lobby-host': 'With an account', 'lobby-guest': 'As a guest', 'lobby-denied': 'Camera and microphone refused',
    'lobby-insecure': 'An address without HTTPS', 'lobby-wait': 'Too many tries', 'lobby-restart': 'The server is about to restart',
  },
  'The meeting': {
    meeting: 'Two people', 'meeting-alone': 'The first one', 'meeting-people': 'People', 'meeting-hands': 'Raised hands',
    'meeting-chat': 'Chat', 'meeting-chat-empty': 'Chat, nothing written yet', 'meeting-reactions': 'Reactions',
    'meeting-screen': 'A shared screen', 'meeting-speaker': 'Who speaks, large', 'meeting-camera-off': 'Camera and microphone off',
    'meeting-talk-only': 'A room for talking only', 'meeting-no-device': 'No camera', 'meeting-connection': 'Connection',
    'meeting-settings': 'Settings', 'meeting-keys': 'Keyboard shortcuts', 'meeting-interrupted': 'Interrupted',
  },
  'A room under control': {
    'meeting-door': 'Somebody waits to come in', 'meeting-menu': 'What a moderator can do', 'meeting-ban': 'Before a ban',
    'meeting-asked': 'Asked to switch on', 'meeting-chat-shut': 'Blocked from the chat', 'meeting-deafened': 'Cut off from the others',
    'meeting-webinar': 'A webinar, as its owner sees it', 'meeting-audience': 'A webinar, as a listener sees it',
    'meeting-room-settings': 'Room settings', 'meeting-invitations': 'Invitations', 'meeting-bans': 'Banned people',
  },
  'Recording': {
    'recording-refused': 'Why it can’t be recorded', 'recording-on': 'It is recorded', recordings: 'Recordings of a room',
    'recordings-all': 'All recordings', 'recordings-empty': 'None yet', 'recording-phone': 'Recorded, on a phone',
  },
  'On a phone': {
    'phone-home': 'The landing page', 'phone-login': 'Sign in', 'phone-register': 'Create an account', 'phone-rooms': 'My rooms', 'phone-new': 'New room',
    'phone-lobby': 'The camera check', 'phone-meeting': 'A meeting', 'meeting-phone': 'With others', 'meeting-phone-more': 'More',
    'meeting-phone-people': 'People', 'meeting-phone-menu': 'What a moderator can do', 'knock-refused': 'Turned away',
    'gate-kicked': 'Removed, and when to come back',
  },
  'Closed doors': {
    'gate-missing': 'No such room', 'gate-badName': 'No possible name', 'gate-full': 'Full', 'gate-private': 'Private',
    'gate-guestsOff': 'No guests', knock: 'Waiting to be let in', 'gate-uninvited': 'An invitation that is used up', 'gate-suspended': 'Suspended', 'gate-network': 'A guest’s network', 'gate-banned': 'Banned', 'gate-ended': 'Ended',
    'gate-archived': 'One’s own room, ended', 'gate-restarting': 'The server is about to restart', 'gate-offline': 'No network',
    'gate-unreachable': 'The meeting server is away', 'gate-noPath': 'No way for the media', 'gate-error': 'The server’s own error',
  },
  'After a meeting': {
    'gate-left': 'Left', 'gate-removed': 'Removed', 'meeting-banned': 'Banned', 'gate-deleted': 'Deleted',
    'meeting-suspended': 'Closed by the administrator', 'gate-duplicate': 'Joined somewhere else', 'gate-lost': 'Lost', 'gate-gaveUp': 'Given up',
  },
};

const small = (from, to) => execFileSync('pngquant', ['--force', '--nofs', '--speed', '3', '--strip', '--output', to, '128', from]);
const docs = process.argv[2];
const folder = join(docs, 'screenshots');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
const text = ['# Every page, as the browser tests see it', '', 'Of each page: English and Spanish, light and dark. ' +
  'Made by `./quickstart test browser --screenshots`; the people are drawn.', ''];
for (const [title, names] of Object.entries(pages)) {
  text.push(`## ${title}`, '');
  for (const [name, caption] of Object.entries(names)) {
    const files = ['en-light', 'es-light', 'en-dark', 'es-dark'].map((look) => join(shots, `${name}-${look}.png`));
    const missing = files.filter((file) => !existsSync(file));
    if (missing.length) throw new Error(`no ${missing.join(', ')}: did that test run?`);
    const pngs = files.map((file) => readFileSync(file));
    const onPhone = pngs[0].readUInt32BE(16) < 1000; // the width, in PNG's header
    const images = pngs.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`);
    await page.setContent(`<body style="margin:0;background:#808b8a"><div style="display:grid;gap:8px;padding:4px;align-items:start;` +
      `grid-template-columns:repeat(${onPhone ? 4 : 2},${onPhone ? 200 : 560}px);width:max-content">${images.join('')}</div>` +
      `<style>img{width:100%;display:block;object-fit:cover;object-position:top;max-height:${onPhone ? 480 : 600}px}</style>`);
    await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth > 0));
    const file = join(folder, `${name}.png`);
    await page.locator('div').screenshot({ path: file });
    small(file, file);
    text.push(`### ${caption}`, '', `![${caption}](screenshots/${name}.png)`, '');
  }
}
await browser.close();
small(join(shots, 'meeting-en-light.png'), join(docs, 'meeting.png'));
writeFileSync(join(docs, 'screenshots.md'), text.join('\n'));
