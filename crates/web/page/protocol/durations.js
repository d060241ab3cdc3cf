/** Ages and lifetimes: durations as floating-point numbers of two bytes and of one. */

const AGE = { mantissa: 11, max: 0xffff };
const LIFETIME = { mantissa: 4, max: 0xff };
const MINUTE_MS = 60_000;

/** What an age says, in ms. @param {number} code */
export function ageMs(code) {
  return value(code, AGE.mantissa);
}

/** The least age that is no less than this. @param {number} ms */
export function ageCode(ms) {
  return Math.min(codeOf(Math.max(Math.ceil(ms), 0), AGE.mantissa), AGE.max);
}

/** What a lifetime says, in min. @param {number} code */
export function lifetimeMin(code) {
  return value(code + 1, LIFETIME.mantissa);
}

/** @param {number} code */
export function lifetimeMs(code) {
  return lifetimeMin(code) * MINUTE_MS;
}

/** The least lifetime that is no less than this. @param {number} ms */
export function lifetimeCode(ms) {
  const minutes = Math.max(Math.ceil(ms / MINUTE_MS), 1);
  return Math.min(codeOf(minutes, LIFETIME.mantissa) - 1, LIFETIME.max);
}

/** @param {number} code @param {number} bits of the mantissa */
function value(code, bits) {
  const exponent = code >> bits;
  const mantissa = code & ((1 << bits) - 1);
  return exponent === 0 ? mantissa : ((1 << bits) + mantissa) * 2 ** (exponent - 1);
}

/** @param {number} wanted @param {number} bits */
function codeOf(wanted, bits) {
  const whole = 2 ** bits;
  let exponent = 0;
  let mantissa = wanted;
  // With an exponent the mantissa counts from one whole power to the next.
  while (mantissa >= 2 * whole) {
    exponent += 1;
    mantissa = Math.ceil(wanted / 2 ** exponent);
  }
  return exponent * whole + mantissa;
}
