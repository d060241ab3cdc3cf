/** Elements. Text only ever becomes text nodes. */

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * An element. Functions among its attributes are listeners (`onclick`); `true` and `false` are
 * whether an attribute is there.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  fill(element, ...children);
  return element;
}

/** @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false && child !== undefined).map(asNode));
}

/** @param {any} child */
function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

/** What elements of lists show. @type {WeakMap<HTMLElement, string>} */
const stamps = new WeakMap();

/**
 * Makes a list show items: what shows the same as before stays as it is, with its focus.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => string} stamp all that is shown of it
 * @param {(item: T) => HTMLElement} make
 */
export function keep(list, items, key, stamp, make) {
  const before = new Map(Array.from(list.children, (child) => [/** @type {HTMLElement} */ (child).dataset.key, /** @type {HTMLElement} */ (child)]));
  const wanted = items.map((item) => {
    const [name, shown] = [key(item), stamp(item)];
    const old = before.get(name);
    if (old && stamps.get(old) === shown) return old;
    const made = make(item);
    made.dataset.key = name;
    stamps.set(made, shown);
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    const at = focused && Array.from(old?.querySelectorAll('a, button') ?? []).indexOf(focused);
    if (at !== null && at >= 0) queueMicrotask(() => /** @type {HTMLElement} */ (made.querySelectorAll('a, button')[at])?.focus());
    return made;
  });
  const isSame = wanted.length === list.children.length && wanted.every((child, at) => list.children[at] === child);
  if (!isSame) reorder(list, wanted);
}

/** Without taking out what stays. @param {HTMLElement} list @param {HTMLElement[]} wanted */
function reorder(list, wanted) {
  const stays = new Set(wanted);
  for (const child of Array.from(list.children)) if (!stays.has(/** @type {HTMLElement} */ (child))) child.remove();
  wanted.forEach((child, at) => {
    if (list.children[at] !== child) list.insertBefore(child, list.children[at] ?? null);
  });
}

/**
 * A question or a sheet above the page. Resolves with the value of the button that closed it.
 * @param {string} title
 * @param {Child[]} body
 * @param {[string, string, string?][]} buttons value, label, class
 * @returns {Promise<string>}
 */
export function dialog(title, body, buttons = [['', 'Close']]) {
  return new Promise((resolve) => {
    const heading = h('h2', { id: 'dialog-title' }, title);
    const actions = buttons.map(([value, label, style]) => h('button', { value, class: style }, label));
    const form = h('form', { method: 'dialog' }, heading, ...body, h('div', { class: 'actions' }, ...actions));
    const box = h('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    // The policy of the page forbids forms to be sent; this one only closes its dialog.
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
      box.close(button?.value ?? '');
    });
    box.addEventListener('close', () => {
      box.remove();
      resolve(box.returnValue);
    });
    document.body.append(box);
    box.showModal();
  });
}
