// SPDX-License-Identifier: Apache-2.0
// What the made-up cameras show: a drawn person who nods, as in the app's own drawing; Chromium plays it in a loop.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [WIDTH, HEIGHT, FRAMES] = [640, 360, 30];
const looks = [
  { wall: [29, 95, 83], skin: [240, 201, 164], shirt: [242, 165, 65], hair: [74, 48, 32] },
  { wall: [61, 74, 122], skin: [141, 91, 60], shirt: [232, 228, 216], hair: [28, 22, 20] },
  { wall: [138, 74, 60], skin: [201, 141, 99], shirt: [47, 143, 124], hair: [44, 34, 30] },
  { wall: [87, 103, 44], skin: [245, 215, 189], shirt: [122, 91, 166], hair: [190, 130, 60] },
];

/** The colour at a point; nod from -1 to 1. */
function at({ wall, skin, shirt, hair }, x, y, nod, blink) {
  const inside = (cx, cy, rx, ry) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1;
  const [hx, hy] = [320 + nod * 7, 158 + Math.abs(nod) * 5];
  for (const side of [-1, 1]) {
    if (inside(hx + side * 24, hy - 2, 5, blink ? 1 : 6)) return [34, 30, 30];
  }
  if (inside(hx, hy + 30, 17, 7) && y > hy + 30) return [150, 60, 60];
  if (inside(hx, hy - 52, 74, 40) && y < hy - 30) return hair;
  if (inside(hx, hy, 66, 76)) return skin;
  if (inside(hx, hy - 14, 76, 84) && y < hy + 10) return hair;
  if (Math.abs(x - 320 - nod * 4) < 24 && y > hy && y < 268) return skin.map((part) => part * 0.9);
  if (inside(320, 372, 168, 122)) return shirt;
  const light = 1.12 - 0.3 * (y / HEIGHT) - 0.1 * (x / WIDTH);
  return wall.map((part) => part * light);
}

/** Draws the part of a frame from x, y to right, bottom into its planes Y, U, V (BT.601). */
function draw([luma, ...chroma], look, nod, blink, left = 0, top = 0, right = WIDTH, bottom = HEIGHT) {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [r, g, b] = at(look, x, y, nod, blink);
      luma[y * WIDTH + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b;
      if (x % 2 || y % 2) continue;
      const i = (y / 2) * (WIDTH / 2) + x / 2;
      chroma[0][i] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      chroma[1][i] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
}

let folder;
let next = 0;

/** The file of the next person's picture. */
export function camera() {
  if (!folder) {
    folder = mkdtempSync(join(tmpdir(), 'bedrud-cameras-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  const n = next++ % looks.length;
  const file = join(folder, `${n}.y4m`);
  if (existsSync(file)) return file;
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420jpeg\n`)];
  const planes = [1, 4, 4].map((part) => Buffer.alloc((WIDTH * HEIGHT) / part));
  draw(planes, looks[n], 0, false);
  for (let i = 0; i < FRAMES; i++) {
    // Only the head moves.
    draw(planes, looks[n], Math.sin((i / FRAMES) * 2 * Math.PI), i > 24 && i < 27, 232, 56, 408, 270);
    parts.push(Buffer.from('FRAME\n'), ...planes.map((plane) => Buffer.from(plane)));
  }
  writeFileSync(file, Buffer.concat(parts));
  return file;
}
