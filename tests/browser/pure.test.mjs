// SPDX-License-Identifier: Apache-2.0
// The app's pure functions, run by node: what they say of devices, routes and tiles.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogues, load } from './words.mjs';

const { explainDevice, placeOf, whyOf } = await load('src/deviceproblem.ts');
const { en, es } = catalogues;
const { overall } = await load('src/meeting/route.ts');
const { arrange, GAP } = await load('src/meeting/layout.ts');
const { actionsFor, answerToHand, routeOf } = await load('src/meeting/rights.ts');
const { readReaction, Reactions, writeReaction } = await load('src/meeting/reactions.ts');

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const ios = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const agents = [
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0.0.0 Safari/537.36`, 0, 'chrome', 'windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 10, 'edge', 'windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, 'firefox', 'linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/142.0.0.0 Safari/537.36`, 0, 'chrome', 'chromeos'],
  [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, 0, 'safari', 'macos'],
  [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, 5, 'iosSafari', 'ios'],
  [`${ios} Version/18.1 Mobile/15E148 Safari/604.1`, 5, 'iosSafari', 'ios'],
  [`${ios} CriOS/142.0.0.0 Mobile/15E148 Safari/604.1`, 5, 'iosOther', 'ios'],
  [`${ios} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 5, 'iosOther', 'ios'],
  [`${ios} Mobile/15E148`, 5, 'inApp', 'ios'],
  [`${ios} Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]`, 5, 'inApp', 'ios'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/142.0.0.0 Mobile Safari/537.36`, 5, 'androidChrome', 'android'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 5, 'androidFirefox', 'android'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 5, 'samsung', 'android'],
  [`Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A; wv) ${webkit} Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36`, 5,
    'inApp', 'android'],
  ['Something/1.0', 0, 'other', 'other'],
];
const here = { name: '', message: '', secure: true, supported: true, allowed: true };
const refusals = [
  [{ name: 'NotAllowedError', message: 'Permission denied' }, 'denied'],
  [{ name: 'NotAllowedError', message: 'The request is not allowed by the user agent or the platform' }, 'denied'],
  [{ name: 'PermissionDeniedError' }, 'denied'],
  [{ name: 'NotAllowedError', message: 'Permission dismissed' }, 'dismissed'],
  [{ name: 'NotAllowedError', message: 'Permission denied by system' }, 'system'],
  [{ name: 'NotAllowedError', message: 'Permission denied', allowed: false }, 'policy'],
  [{ name: 'SecurityError' }, 'policy'],
  [{ name: 'NotFoundError', message: 'Requested device not found' }, 'missing'],
  [{ name: 'DevicesNotFoundError' }, 'missing'],
  [{ name: 'NotReadableError', message: 'Could not start video source' }, 'busy'],
  [{ name: 'TrackStartError' }, 'busy'],
  [{ name: 'AbortError', message: 'Starting videoinput failed' }, 'busy'],
  [{ name: 'OverconstrainedError' }, 'gone'],
  [{ supported: false, secure: false }, 'insecure'],
  [{ supported: false }, 'unsupported'],
  [{ name: 'TypeError' }, 'failed'],
  [{}, 'failed'],
];

describe('a device that can’t be used', () => {
  it('the browser and the system are known by what they call themselves', () => {
    for (const [agent, touch, browser, system] of agents) assert.deepEqual(placeOf(agent, touch), { browser, system }, agent);
  });

  it('each error has its cause', () => {
    for (const [refusal, why] of refusals) assert.equal(whyOf({ ...here, ...refusal }), why, JSON.stringify(refusal));
  });

  it('each cause in each browser has its two sentences, in English and Spanish', () => {
    for (const [agent, touch] of agents) {
      for (const [refusal, why] of refusals) {
        for (const device of ['camera', 'microphone', 'both']) {
          const found = explainDevice(device, { ...here, ...refusal }, placeOf(agent, touch));
          assert.equal(found.why, why);
          for (const texts of [en, es]) {
            assert.match(texts[found.what], /\{device\}.*\.$/, found.what);
            assert.match(texts[found.how], /^[A-Z].*\.$/, found.how);
            assert.ok(texts[found.device]);
          }
        }
      }
    }
  });

  it('a refusal is undone in the browser, one by the system there', () => {
    const how = (refusal, browser, system) => explainDevice('camera', { ...here, ...refusal }, { browser, system }).how;
    const [denied, system] = [{ name: 'NotAllowedError' }, { name: 'NotAllowedError', message: 'Permission denied by system' }];
    assert.equal(how(denied, 'safari', 'macos'), 'allow.safari');
    assert.equal(how(denied, 'androidChrome', 'android'), 'allow.androidChrome');
    assert.equal(how(system, 'chrome', 'macos'), 'allow.system.macos');
    assert.equal(how({ name: 'NotReadableError' }, 'firefox', 'windows'), 'device.free.windows');
  });
});

describe('languages', () => {
  it('have the same keys, in the same order, with the same places to fill', () => {
    const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(Object.keys(es), Object.keys(en));
    for (const [key, text] of Object.entries(en)) assert.deepEqual(places(es[key]), places(text), key);
  });

  it('differ: what is the same in both is so on purpose', () => {
    const same = Object.keys(en).filter((key) => /\p{L}{2}/u.test(en[key].replace(/\{\w+\}/g, '')) && en[key] === es[key]);
    assert.deepEqual(same, ['route.ms', 'keys.chat', 'recordings.kb', 'recordings.mb', 'recordings.gb', 'app.name', 'app.title', 'home.join.placeholder', 'meeting.chat', 'chat.title']);
  });
});

describe('the way of picture and sound', () => {
  const stats = (local, pair = {}, transport = { selectedCandidatePairId: 'p' }) => new Map([
    ['t', { type: 'transport', ...transport }],
    ['q', { type: 'candidate-pair', localCandidateId: 'x', state: 'failed' }],
    ['p', { type: 'candidate-pair', localCandidateId: 'l', currentRoundTripTime: 0.0123, ...pair }],
    ['l', { type: 'local-candidate', ...local }],
  ]);

  it('is told by the pair in use', () => {
    const direct = stats({ candidateType: 'host', protocol: 'udp' });
    assert.deepEqual(overall([direct]), { relayed: false, transport: 'udp', rtt: 12 });
    assert.deepEqual(overall([stats({ candidateType: 'prflx', protocol: 'tcp' })]), { relayed: false, transport: 'tcp', rtt: 12 });
    const relayed = stats({ candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' });
    assert.deepEqual(overall([relayed]), { relayed: true, transport: 'tls', rtt: 12 });
    assert.equal(overall([direct, relayed]).relayed, true);
    // Firefox: no selectedCandidatePairId; the pair is marked
    assert.equal(overall([stats({ candidateType: 'host', protocol: 'udp' }, { selected: true }, {})]).transport, 'udp');
  });

  it('is unknown where the browser doesn’t tell', () => {
    assert.equal(overall([]), null);
    assert.equal(overall([stats({ candidateType: 'host', protocol: 'udp' }, {}, {})]), null);
    assert.deepEqual(overall([stats({ candidateType: 'relay' }, { currentRoundTripTime: undefined })]),
      { relayed: true, transport: null, rtt: null });
  });
});

describe('tiles', () => {
  const boxes = [[304, 500], [374, 560], [740, 320], [1256, 660], [1896, 940]];

  it('fit into their box, for few and for many people', () => {
    for (const [width, height] of boxes) {
      for (const n of [1, 2, 3, 5, 9, 16, 40]) {
        const { columns, fits, width: w, height: h } = arrange(n, width, height);
        const rows = Math.ceil(Math.min(n, fits) / columns);
        assert.ok(columns * (w + GAP) - GAP <= width && rows * (h + GAP) - GAP <= height, `${n} in ${width}x${height}`);
        assert.ok(w >= 100 && h >= 60, `${n} in ${width}x${height}: ${w}x${h}`);
      }
    }
    assert.ok(arrange(40, 304, 500).fits < 40, 'the rest is on other pages');
  });

  it('stand along a strip', () => {
    for (const [width, height] of [[216, 660], [740, 112], [304, 112]]) {
      const { fits, width: w, height: h } = arrange(20, width, height, true);
      const needed = width > height ? [fits * (w + GAP) - GAP, h] : [w, fits * (h + GAP) - GAP];
      assert.ok(needed[0] <= width && needed[1] <= height && fits >= 1, `${width}x${height}`);
    }
  });
});

describe('what a moderator is offered', () => {
  const is = { isModerator: false, isOnStage: false, isChatBlocked: false, isDeafened: false, maySpeak: false, mayShow: false };
  const off = { microphone: false, camera: false, screen: false };
  const open = { stage: false, audio: true, video: true, chat: true };
  const offers = (role, { some, marks, rules } = {}) =>
    actionsFor(role, { self: false, owner: false, ...off, ...some, standing: { identity: 'x', ...is, ...marks } }, { ...open, ...rules });

  it('depends on the role, and on whom it is about', () => {
    assert.deepEqual(offers('participant'), []);
    const all = [['askUnmute', 'askCamera', 'spotlight'], ['blockChat', 'deafen']];
    assert.deepEqual(offers('moderator'), [...all, ['kick', 'ban']]);
    for (const role of ['owner', 'superadmin']) {
      assert.deepEqual(offers(role), [...all, ['promote'], ['kick', 'ban']]);
      assert.deepEqual(offers(role, { marks: { isModerator: true } })[2], ['demote']);
      for (const some of [{ self: true }, { owner: true }]) assert.deepEqual(offers(role, { some }), [['spotlight']]);
    }
  });

  it('undoes what is, and does what isn’t', () => {
    const on = offers('moderator', { some: { microphone: true, camera: true, screen: true }, marks: { isChatBlocked: true, isDeafened: true } });
    assert.deepEqual(on.slice(0, 2), [['mute', 'videoOff', 'stopShare', 'spotlight'], ['unblockChat', 'undeafen']]);
  });

  it('grants where the room withholds, and takes that back', () => {
    const rules = { audio: false, video: false, chat: false };
    assert.deepEqual(offers('moderator', { rules })[0], ['letSpeak', 'letShow', 'spotlight']);
    assert.deepEqual(offers('moderator', { rules, marks: { maySpeak: true, mayShow: true } })[0],
      ['askUnmute', 'unletSpeak', 'askCamera', 'unletShow', 'spotlight']);
    assert.deepEqual(offers('moderator', { rules: { stage: true } })[0], ['bring']);
    assert.deepEqual(offers('moderator', { rules: { stage: true }, marks: { isOnStage: true } })[0],
      ['unstage', 'askUnmute', 'askCamera', 'spotlight']);
    assert.equal(answerToHand(offers('moderator', { rules: { stage: true } })), 'bring');
    assert.equal(answerToHand(offers('moderator', { rules })), 'letSpeak');
    assert.equal(answerToHand(offers('participant')), undefined);
  });

  it('is asked for where the server has it', () => {
    assert.deepEqual(routeOf('blockChat', 'guest-1'), ['chat', 'guest-1', 'block']);
    assert.deepEqual(routeOf('letSpeak', 'a/b'), ['ask', 'a/b', 'unmute']);
  });
});

describe('reactions', () => {
  it('only the known ones are drawn, and of one person only some at a time', () => {
    assert.equal(readReaction(writeReaction('👍')), '👍');
    for (const bad of ['', '{', 'null', '"👍"', '{"type":"reaction","emoji":"toString"}', '{"type":"chat","emoji":"👍"}']) {
      assert.equal(readReaction(new TextEncoder().encode(bad)), null, bad);
    }
    const all = new Reactions();
    const taken = (from, n) => Array.from({ length: n }, () => all.add('👍', from, from)).filter(Boolean).length;
    assert.equal(taken('a', 20), 5);
    assert.equal(taken('b', 1), 1);
    for (const from of 'cdefghij') taken(from, 5);
    assert.equal(all.get().length, 24);
  });
});
