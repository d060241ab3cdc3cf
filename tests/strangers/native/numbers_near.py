"""Numbers of which only the low bits travel."""


def nearest(low, bits, to):
    """The number with these low bits that is nearest to another. Below zero there is none."""
    size = 1 << bits
    number = to - (to - low) % size
    if to - number > size // 2 or number < 0:
        number += size
    return number
