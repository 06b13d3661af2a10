/** How big a step's card is and where its handles sit. Known ahead, so that nothing has to be measured in the DOM. */

export const CARD = { width: 240, height: 116, port: 30, handle: 12 } as const;

/** Height of the strip with the step's state, at the bottom of every card. */
export const STRIP = 30;
/** Where the input handle and a single output handle are, from the top of the card. */
export const LINE_Y = (CARD.height - STRIP) / 2;

export const cardHeight = (ports: number): number => CARD.height + (ports > 1 ? ports * CARD.port : 0);

/** Centre of a way out, from the top of the card: one on the line of the input, several in rows above the strip. */
export const portY = (index: number, ports: number): number =>
  ports > 1 ? CARD.height - STRIP + index * CARD.port + CARD.port / 2 : LINE_Y;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const overlaps = (a: Box, b: Box, margin = 0): boolean =>
  a.x < b.x + b.width + margin &&
  b.x < a.x + a.width + margin &&
  a.y < b.y + b.height + margin &&
  b.y < a.y + a.height + margin;

/** The smallest box around all of these. */
export function hull(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((b) => b.x));
  const y = Math.min(...boxes.map((b) => b.y));
  const right = Math.max(...boxes.map((b) => b.x + b.width));
  const bottom = Math.max(...boxes.map((b) => b.y + b.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** The nearest spot below (then above) `box` where it touches none of the others. */
export function freeSpot(box: Box, others: readonly Box[], margin = 24): { x: number; y: number } {
  const down = slide(box, others, margin, 1);
  const up = slide(box, others, margin, -1);
  return Math.abs(up.y - box.y) < Math.abs(down.y - box.y) ? up : down;
}

function slide(
  box: Box,
  others: readonly Box[],
  margin: number,
  direction: 1 | -1,
): { x: number; y: number } {
  const column = others.filter((o) => overlaps({ ...box, y: o.y }, o, margin));
  let { x, y } = box;
  for (let moved = true; moved; ) {
    moved = false;
    for (const other of column) {
      if (!overlaps({ ...box, y }, other, margin)) continue;
      y = direction === 1 ? other.y + other.height + margin : other.y - box.height - margin;
      moved = true;
    }
  }
  return { x, y };
}
