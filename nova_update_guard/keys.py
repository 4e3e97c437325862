"""Keys that the operator gives, and what is made under them."""

import hmac
import json
from collections.abc import Callable

# A shorter one could be guessed.
MIN_CHARACTERS = 16

# Enough that no two values of a cloud are taken for one.
_BYTES = 16


def secret(key: str) -> bytes:
    """Return *key* as bytes. Raises ValueError for one that is too short."""
    if len(key.strip()) < MIN_CHARACTERS:
        raise ValueError(f'a key has at least {MIN_CHARACTERS} characters')
    return key.encode('utf-8', 'surrogateescape')


def sealer(key: str, field: str) -> Callable[[object], str]:
    """Return what makes hashes of *field*'s values.

    Equal values have equal hashes, those of another field have others. The
    key is in no text that Python makes of the function.

    Raises ValueError for a key that is too short.
    """
    under = secret(key)

    def seal(value: object) -> str:
        data = f'{field}\0{json.dumps(value, sort_keys=True)}'.encode()
        return 'hmac:' + hmac.digest(under, data, 'sha256')[:_BYTES].hex()

    return seal
