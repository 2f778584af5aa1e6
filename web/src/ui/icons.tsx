// SPDX-License-Identifier: Apache-2.0
// Our own drawings on a 24-unit grid; decoration only, names come from the control around them.
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8"
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const slash = <path d="M4 3.5 20.5 20" />;
const mic = (
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  </>
);
const camera = (
  <>
    <rect x="2.5" y="6.5" width="12.5" height="11" rx="3" />
    <path d="m15 11 6-3.2v8.4L15 13z" />
  </>
);

export const MicIcon = () => <Icon>{mic}</Icon>;
export const MicOffIcon = () => <Icon>{mic}{slash}</Icon>;
export const CameraIcon = () => <Icon>{camera}</Icon>;
export const CameraOffIcon = () => <Icon>{camera}{slash}</Icon>;
export const SpeakerIcon = () => (
  <Icon><path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.2a8.2 8.2 0 0 1 0 11.6" /></Icon>
);
export const ScreenIcon = () => (
  <Icon><rect x="2.5" y="4" width="19" height="13" rx="2.5" /><path d="M8.5 20.5h7M12 14V8m-2.7 2.5L12 7.8l2.7 2.7" /></Icon>
);
export const ChatIcon = () => (
  <Icon><path d="M4 5.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-8.5L7 20.5v-4H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM7.5 9.5h9M7.5 12.8h5.5" /></Icon>
);
export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 19.5c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5M15.5 4.9a3.5 3.5 0 0 1 0 6.2M17.8 14.4c2 .7 3.3 2.4 3.7 5.1" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon><path d="M4 7h9M17 7h3M4 12h3M11 12h9M4 17h7M15 17h5" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="12" r="2" /><circle cx="13" cy="17" r="2" /></Icon>
);
export const LeaveIcon = () => (
  <Icon><path d="M13 4H6a1.5 1.5 0 0 0-1.5 1.5v13A1.5 1.5 0 0 0 6 20h7M10 12h10.5m-3.5-3.5 3.5 3.5-3.5 3.5" /></Icon>
);
export const CloseIcon = () => <Icon><path d="m6 6 12 12M18 6 6 18" /></Icon>;
export const SendIcon = () => <Icon><path d="M4 12 20 4.5 15 20l-3.5-6.5z" /></Icon>;
export const CopyIcon = () => (
  <Icon><rect x="8.5" y="8.5" width="12" height="12" rx="2.5" /><path d="M15.5 5.5v-.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2H6" /></Icon>
);
export const TrashIcon = () => (
  <Icon><path d="M4 6.5h16M9.5 6V4h5v2M6 6.5 7 20h10l1-13.5M10 10.5v6M14 10.5v6" /></Icon>
);
export const DiceIcon = () => (
  <Icon><path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3v4h-4" /></Icon>
);
export const PlusIcon = () => <Icon><path d="M12 5v14M5 12h14" /></Icon>;
export const LockIcon = () => (
  <Icon><rect x="5" y="10.5" width="14" height="10" rx="2.5" /><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" /></Icon>
);
export const GlobeIcon = () => (
  <Icon><circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.5c2.5 2.5 3.5 5.3 3.5 8.5s-1 6-3.5 8.5c-2.5-2.5-3.5-5.3-3.5-8.5s1-6 3.5-8.5z" /></Icon>
);
export const PinIcon = () => (
  <Icon><path d="M4 9V4h5M20 15v5h-5M20 9V4h-5M4 15v5h5" /></Icon>
);
export const GridIcon = () => (
  <Icon><rect x="4" y="4" width="7" height="7" rx="1.5" /><rect x="13" y="4" width="7" height="7" rx="1.5" /><rect x="4" y="13" width="7" height="7" rx="1.5" /><rect x="13" y="13" width="7" height="7" rx="1.5" /></Icon>
);
export const WeakIcon = () => <Icon><path d="M5 19v-3M10 19v-6M15 19v-1M20 19v-1M13 5l6 6M19 5l-6 6" /></Icon>;
export const ClockIcon = () => <Icon><circle cx="12" cy="12" r="8.5" /><path d="M12 7v5.2l3.4 2" /></Icon>;
export const BackIcon = () => <Icon><path d="m14.5 5.5-6.5 6.5 6.5 6.5" /></Icon>;
export const NextIcon = () => <Icon><path d="m9.5 5.5 6.5 6.5-6.5 6.5" /></Icon>;

export const HandIcon = () => (
  <Icon><path d="M8 12.5V5.8a1.4 1.4 0 0 1 2.8 0v5m0-.3V4.4a1.4 1.4 0 0 1 2.8 0v6.1m0-.2V5.6a1.4 1.4 0 0 1 2.8 0v7.4m-8.4 1-1.8-2.6a1.5 1.5 0 0 0-2.4 1.7l2.7 4.6a6 6 0 0 0 5.2 3h.9a5.8 5.8 0 0 0 5.8-5.8V9.4a1.4 1.4 0 0 0-2.8 0" /></Icon>
);
export const SmileIcon = () => (
  <Icon><circle cx="12" cy="12" r="8.5" /><path d="M8.5 14.2a4.2 4.2 0 0 0 7 0M9 9.7v.2M15 9.7v.2" /></Icon>
);
export const RecordIcon = () => <Icon><circle cx="12" cy="12" r="8.5" /><circle cx="12" cy="12" r="4" fill="currentColor" stroke="none" /></Icon>;
export const PlayIcon = () => <Icon><path d="M8 5.5v13l10.5-6.5z" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M12 4v11m-4-4 4 4.2 4-4.2M5 19.5h14" /></Icon>;
export const MoreIcon = () => <Icon><path d="M5.5 12h.01M12 12h.01M18.5 12h.01" strokeWidth="3" /></Icon>;
export const SpeakerViewIcon = () => (
  <Icon><rect x="3.5" y="4" width="17" height="10" rx="2" /><path d="M4.5 18.5h3M10.5 18.5h3M16.5 18.5h3" /></Icon>
);
/** Three bars; how many are lit is the style's business. */
export const QualityIcon = () => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <rect className="bar-1" x="4" y="14" width="4" height="6" rx="1.5" />
    <rect className="bar-2" x="10" y="9.5" width="4" height="10.5" rx="1.5" />
    <rect className="bar-3" x="16" y="5" width="4" height="15" rx="1.5" />
  </svg>
);

/** Two rooms that overlap: where they do, people meet. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className="logo-a" x="2" y="3" width="20" height="16" rx="6" />
      <rect className="logo-b" x="10" y="11" width="20" height="16" rx="6" />
      <path className="logo-c" d="M16 11h6v2a6 6 0 0 1-6 6h-6v-2a6 6 0 0 1 6-6z" />
    </svg>
  );
}
