/** Elements of pictures. */

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Element | string)} children
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A state as the map draws it. @param {import('./model.js').State} state */
export function sign(state) {
  const shapes = {
    up: s('circle', { cx: 10, cy: 10, r: 6.5 }),
    slow: s('path', { d: 'M10 2.5 17.5 16h-15z' }),
    full: s('path', { d: 'M4 4h12v12H4z' }),
    down: s('path', { d: 'M10 2 18 10 10 18 2 10z' }),
  };
  return s('svg', { viewBox: '0 0 20 20', class: `sign is-${state}`, 'aria-hidden': 'true' }, shapes[state]);
}
