// SPDX-License-Identifier: Apache-2.0
// What the menu of a person offers to whom. Only what is shown: the server decides each time. Pure, so that node can test it.
import type { PersonStanding, Role } from '../api';

export type Action =
  | 'letSpeak' | 'askUnmute' | 'mute' | 'unletSpeak' | 'letShow' | 'askCamera' | 'videoOff' | 'unletShow' | 'stopShare'
  | 'bring' | 'unstage' | 'spotlight' | 'blockChat' | 'unblockChat' | 'deafen' | 'undeafen' | 'promote' | 'demote'
  | 'kick' | 'ban';

/**
 * Where each is asked for, below the room; `*` stands for the person. Asking somebody to speak lets them, where the room
 * withholds it; muting takes that back.
 */
const routes: Record<Action, string> = {
  letSpeak: 'ask/*/unmute', askUnmute: 'ask/*/unmute', mute: 'mute/*', unletSpeak: 'mute/*',
  letShow: 'ask/*/camera', askCamera: 'ask/*/camera', videoOff: 'video/*/off', unletShow: 'video/*/off',
  stopShare: 'screenshare/*/stop', bring: 'stage/*/bring', unstage: 'stage/*/remove', spotlight: 'spotlight/*',
  blockChat: 'chat/*/block', unblockChat: 'chat/*/unblock', deafen: 'deafen/*', undeafen: 'undeafen/*',
  promote: 'promote/*', demote: 'demote/*', kick: 'kick/*', ban: 'ban/*',
};

export const routeOf = (action: Action, identity: string) => routes[action].split('/').map((part) => (part === '*' ? identity : part));

/** What the room grants everyone. */
export interface Rules {
  /** Only who is on the stage speaks and shows. */
  stage: boolean;
  audio: boolean;
  video: boolean;
  chat: boolean;
  record: boolean;
}

export interface Target {
  self: boolean;
  owner: boolean;
  standing: PersonStanding;
  /** Switched on now. */
  microphone: boolean;
  camera: boolean;
  screen: boolean;
}

export const moderates = (role: Role) => role !== 'participant';
const leads = (role: Role) => role === 'owner' || role === 'superadmin';

/** What `role` may do to somebody, in groups. */
export function actionsFor(role: Role, to: Target, rules: Rules): Action[][] {
  if (!moderates(role)) return [];
  if (to.self || to.owner) return [['spotlight']];
  const { standing: is } = to;
  const free = is.isModerator; // a moderator speaks and shows where others don't
  const onStage = !rules.stage || is.isOnStage || free;
  const pick = (...offers: [Action, boolean][]) => offers.filter(([, yes]) => yes).map(([action]) => action);
  // Withheld from everyone here, and given to single persons.
  const [mute, blind] = [onStage && !free && !rules.audio, onStage && !free && !rules.video];
  const speaks = onStage && (!mute || is.maySpeak);
  const shows = onStage && (!blind || is.mayShow);
  return [
    pick(
      ['bring', rules.stage && !onStage], ['unstage', rules.stage && is.isOnStage && !free],
      ['letSpeak', mute && !is.maySpeak], ['askUnmute', speaks && !to.microphone],
      ['mute', to.microphone], ['unletSpeak', mute && is.maySpeak && !to.microphone],
      ['letShow', blind && !is.mayShow], ['askCamera', shows && !to.camera],
      ['videoOff', to.camera], ['unletShow', blind && is.mayShow && !to.camera],
      ['stopShare', to.screen], ['spotlight', onStage],
    ),
    pick(['blockChat', rules.chat && !is.isChatBlocked], ['unblockChat', is.isChatBlocked],
      ['deafen', !is.isDeafened], ['undeafen', is.isDeafened]),
    pick(['promote', leads(role) && !is.isModerator], ['demote', leads(role) && is.isModerator]),
    ['kick', 'ban'] as Action[],
  ].filter((group) => group.length > 0);
}

/** What lets somebody with a raised hand speak. */
export const answerToHand = (groups: Action[][]): Action | undefined =>
  groups.flat().find((action) => action === 'bring' || action === 'letSpeak' || action === 'askUnmute');
