"""Who an end is: an Ed25519 key, and the X25519 form of it that the handshake proves."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

P = 2**255 - 19


class Identity:
    """A secret key of 32 bytes, and what follows from it."""

    def __init__(self, seed):
        self.secret = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.secret.public_key().public_bytes_raw()
        self.static = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])

    def sign(self, data):
        return self.secret.sign(data)


def montgomery(public):
    """The Montgomery form of a point on the Edwards curve, u = (1 + y) / (1 - y)."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, P - 2, P) % P).to_bytes(32, "little")


def is_weak(static):
    """Whether a Diffie-Hellman with this point gives nothing, whatever the secret."""
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(static))
        return False
    except ValueError:
        return True


def is_signed(public, signature, data):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
        return True
    except (InvalidSignature, ValueError):
        return False
