// SPDX-License-Identifier: Apache-2.0
// Ticks as often as it is told to. Taken as it is, not bundled.
onmessage = ({ data }) => setInterval(() => postMessage(0), data);
