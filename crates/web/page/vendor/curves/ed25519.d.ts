interface Point {
  toBytes(): Uint8Array;
  isSmallOrder(): boolean;
  equals(other: Point): boolean;
  subtract(other: Point): Point;
  multiplyUnsafe(scalar: bigint): Point;
}
export const ed25519: {
  sign(message: Uint8Array, secret: Uint8Array): Uint8Array;
  getPublicKey(secret: Uint8Array): Uint8Array;
  utils: {
    toMontgomery(key: Uint8Array): Uint8Array;
    toMontgomerySecret(secret: Uint8Array): Uint8Array;
  };
  Point: {
    BASE: Point;
    fromBytes(bytes: Uint8Array, zip215?: boolean): Point;
    Fn: { ORDER: bigint };
  };
};
export const x25519: {
  getPublicKey(secret: Uint8Array): Uint8Array;
  getSharedSecret(secret: Uint8Array, key: Uint8Array): Uint8Array;
};
