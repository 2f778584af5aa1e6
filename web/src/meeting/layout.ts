// SPDX-License-Identifier: Apache-2.0
// How tiles share a box. Pure, so that node can test it.

export const GAP = 10;

export interface Layout {
  columns: number;
  /** Tiles that fit on one page. */
  fits: number;
  /** Of one tile, in px; 0 while the box has no size. */
  width: number;
  height: number;
}

/**
 * The arrangement of n tiles in a box (px) that makes them largest, none narrower than a face needs. A strip is one row
 * or column along the longer side of the box, its tiles as wide or high as it.
 */
export function arrange(n: number, boxWidth: number, boxHeight: number, strip = false): Layout {
  if (boxWidth <= 0 || boxHeight <= 0) return { columns: 1, fits: Math.max(1, n), width: 0, height: 0 };
  if (strip) return along(boxWidth, boxHeight);
  const upright = boxWidth < boxHeight * 0.8;
  const [least, narrowest] = upright ? [{ width: 120, height: 120 }, 3 / 4] : [{ width: 180, height: 101 }, 4 / 3];
  const fits = Math.max(1, Math.floor((boxWidth + GAP) / (least.width + GAP)) *
    Math.floor((boxHeight + GAP) / (least.height + GAP)));
  const count = Math.max(1, Math.min(n, fits));
  let best: Layout = { columns: 1, fits, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cell = { width: (boxWidth - GAP * (columns - 1)) / columns, height: (boxHeight - GAP * (rows - 1)) / rows };
    // A tile takes its cell's shape as far as a camera's picture bears to be cut.
    const shape = Math.min(Math.max(cell.width / cell.height, narrowest), 16 / 9);
    const width = Math.min(cell.width, cell.height * shape);
    if (width * width / shape > best.width * best.height) {
      best = { columns, fits, width: Math.floor(width), height: Math.floor(width / shape) };
    }
  }
  return best;
}

function along(boxWidth: number, boxHeight: number): Layout {
  if (boxWidth > boxHeight) {
    const width = Math.floor(Math.min(boxWidth, boxHeight * (16 / 9)));
    const fits = Math.max(1, Math.floor((boxWidth + GAP) / (width + GAP)));
    return { columns: fits, fits, width, height: Math.floor(boxHeight) };
  }
  const height = Math.floor(Math.min(boxHeight, boxWidth / (16 / 9)));
  return { columns: 1, fits: Math.max(1, Math.floor((boxHeight + GAP) / (height + GAP))), width: Math.floor(boxWidth), height };
}
