/** Width and height, in whatever pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle by its top left corner and its size. */
export interface Area extends Size {
  x: number;
  y: number;
}

/**
 * The largest size of a picture's proportions inside a room, never more than `enlargement` times the picture's own. Whole pixels, 1 at least.
 *
 * @param enlargement beyond which small pictures only get blurred. Default: none.
 */
export function fitInside(picture: Size, room: Size, enlargement = Number.POSITIVE_INFINITY): Size {
  const scale = Math.min(room.width / picture.width, room.height / picture.height, enlargement);
  return { width: atLeastOne(picture.width * scale), height: atLeastOne(picture.height * scale) };
}

/** A size shrunk, its proportions kept, until its longer side is `longest` at most. */
export function shrinkTo(size: Size, longest: number): Size {
  return fitInside(size, { width: longest, height: longest }, 1);
}

/** Where an area of one picture lies on a copy of another size. */
export function scaleArea(area: Area, from: Size, to: Size): Area {
  const across = to.width / from.width;
  const down = to.height / from.height;
  return { x: area.x * across, y: area.y * down, width: area.width * across, height: area.height * down };
}

/** Whether a point lies in an area, its edges included. */
export function contains(area: Area, x: number, y: number): boolean {
  return x >= area.x && y >= area.y && x <= area.x + area.width && y <= area.y + area.height;
}

function atLeastOne(length: number): number {
  return Math.max(1, Math.round(length));
}
