"""Noise_XX_25519_ChaChaPoly_BLAKE2s, by hand from the Noise Protocol Framework, revision 34.

    CipherState ──in──► SymmetricState ──in──► Handshake
                                                 write(payload), read(message), split()
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NAME = b"Noise_XX_25519_ChaChaPoly_BLAKE2s"
KEY = 32
TAG = 16
# Section 7.5: the three messages of XX.
MESSAGES = [["e"], ["e", "ee", "s", "es"], ["s", "se"]]


class Failed(Exception):
    """The other end is not who it says, or the message was changed."""


def nonce(number):
    """Section 12.3: four zeros and the number, its lowest byte first."""
    return bytes(4) + number.to_bytes(8, "little")


def encrypt(key, number, associated, text):
    return ChaCha20Poly1305(key).encrypt(nonce(number), text, associated)


def decrypt(key, number, associated, text):
    try:
        return ChaCha20Poly1305(key).decrypt(nonce(number), text, associated)
    except InvalidTag as error:
        raise Failed("tag") from error


def rekey(key):
    """Section 4.2: REKEY."""
    return encrypt(key, 2**64 - 1, b"", bytes(KEY))[:KEY]


def hkdf(chaining_key, material):
    """Section 4.3, with two outputs."""
    once = hmac.new(chaining_key, material, hashlib.blake2s).digest()
    first = hmac.new(once, b"\x01", hashlib.blake2s).digest()
    return first, hmac.new(once, first + b"\x02", hashlib.blake2s).digest()


def shared(secret, public):
    """A Diffie-Hellman; `cryptography` refuses a result of zeros."""
    try:
        return secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise Failed("a weak point") from error


class SymmetricState:
    """Section 5.2; the CipherState in it is a key and a counter."""

    def __init__(self):
        self.hash = hashlib.blake2s(NAME).digest() if len(NAME) > KEY else NAME.ljust(KEY, b"\0")
        self.chaining_key = self.hash
        self.key = None
        self.counter = 0

    def mix_key(self, material):
        self.chaining_key, self.key = hkdf(self.chaining_key, material)
        self.counter = 0

    def mix_hash(self, data):
        self.hash = hashlib.blake2s(self.hash + data).digest()

    def encrypt_and_hash(self, text):
        if self.key is not None:
            text = encrypt(self.key, self.counter, self.hash, text)
            self.counter += 1
        self.mix_hash(text)
        return text

    def decrypt_and_hash(self, data):
        text = data
        if self.key is not None:
            text = decrypt(self.key, self.counter, self.hash, data)
            self.counter += 1
        self.mix_hash(data)
        return text


class Handshake:
    """Section 5.3, for XX alone."""

    def __init__(self, dials, static, prologue, ephemeral=None):
        self.dials = dials
        self.symmetric = SymmetricState()
        self.symmetric.mix_hash(prologue)
        self.static = static
        self.ephemeral = ephemeral or X25519PrivateKey.generate()
        self.their_static = None
        self.their_ephemeral = None
        self.done = 0

    def write(self, payload=b""):
        """The next message, with its payload."""
        message = b""
        for token in self.tokens():
            if token == "e":
                public = self.ephemeral.public_key().public_bytes_raw()
                self.symmetric.mix_hash(public)
                message += public
            elif token == "s":
                public = self.static.public_key().public_bytes_raw()
                message += self.symmetric.encrypt_and_hash(public)
            else:
                self.mix(token)
        return message + self.symmetric.encrypt_and_hash(payload)

    def read(self, message):
        """The payload of the next message. Failed where it is not from the other end: then
        it is as if nothing had come."""
        before = vars(self.symmetric).copy(), vars(self).copy()
        try:
            return self.read_tokens(message)
        except Failed:
            vars(self).update(before[1])
            vars(self.symmetric).update(before[0])
            raise

    def read_tokens(self, message):
        for token in self.tokens():
            if token == "e":
                self.their_ephemeral, message = message[:KEY], message[KEY:]
                self.symmetric.mix_hash(self.their_ephemeral)
            elif token == "s":
                sealed, message = message[: KEY + TAG], message[KEY + TAG :]
                self.their_static = self.symmetric.decrypt_and_hash(sealed)
            else:
                self.mix(token)
        return self.symmetric.decrypt_and_hash(message)

    def tokens(self):
        """Those of the next message."""
        self.done += 1
        return MESSAGES[self.done - 1]

    def mix(self, token):
        """The first letter is the key of the end that dials, the second the other's."""
        mine, theirs = token if self.dials else reversed(token)
        secret = {"e": self.ephemeral, "s": self.static}[mine]
        public = {"e": self.their_ephemeral, "s": self.their_static}[theirs]
        self.symmetric.mix_key(shared(secret, public))

    def split(self):
        """The key of what the dialling end sends, and that of what it receives."""
        return hkdf(self.symmetric.chaining_key, b"")
