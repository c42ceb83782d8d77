// Elements from text, never from markup: names and messages come from others.

/**
 * @param {string} tag `p.fault` is a `<p class="fault">`
 * @param {...(Node | string | undefined)} children
 */
export function element(tag, ...children) {
  const [name, ...classes] = tag.split('.');
  const made = document.createElement(name);
  if (classes.length > 0) made.className = classes.join(' ');
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** The element with an id; the page has it, or is broken. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

/** `12.34` as `12.3`, `0.123` as `0.12`. */
export function ms(value) {
  return value < 1 ? value.toFixed(2) : value.toFixed(1);
}

export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
