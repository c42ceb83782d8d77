// Colours, and the soft lights that everything glows with: drawn once for each hue, then only copied.

/** Players are cool, so that what is warm stands out: reloads, the leader, oneself. Green is for goblins alone. */
const PLAYER_HUES = [186, 198, 210, 222, 236, 250, 266, 284];
export const GOLD = 40;
export const EMBER = 18;
export const GOBLIN = 112;

export function hueOf(id) {
  return PLAYER_HUES[(id * 5) % PLAYER_HUES.length];
}

export function colour(hue, lightness = 66, alpha = 1) {
  return `hsl(${hue} 92% ${lightness}% / ${alpha})`;
}

const GLOW = 64;
const glows = new Map();

/** A round light of a hue, to be drawn with `lighter`. */
export function glow(hue) {
  let sprite = glows.get(hue);
  if (sprite) return sprite;
  sprite = document.createElement('canvas');
  sprite.width = sprite.height = GLOW * 2;
  const pen = sprite.getContext('2d');
  const light = pen.createRadialGradient(GLOW, GLOW, 0, GLOW, GLOW, GLOW);
  light.addColorStop(0, colour(hue, 70, 0.55));
  light.addColorStop(0.25, colour(hue, 60, 0.22));
  light.addColorStop(0.6, colour(hue, 55, 0.05));
  light.addColorStop(1, colour(hue, 50, 0));
  pen.fillStyle = light;
  pen.fillRect(0, 0, GLOW * 2, GLOW * 2);
  glows.set(hue, sprite);
  return sprite;
}

/** Draws the light of a hue round a place. */
export function shine(pen, hue, x, y, radius, alpha = 1) {
  pen.globalAlpha = alpha;
  pen.drawImage(glow(hue), x - radius, y - radius, radius * 2, radius * 2);
  pen.globalAlpha = 1;
}
