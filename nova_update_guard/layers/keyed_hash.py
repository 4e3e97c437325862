"""Hashes under a key that the operator gives: of values, of host ids.

nova's host id is the SHA-224 of project and host name, without a secret: who
knows the project can try names.

Source: ``generate_hostid`` in ``nova.utils`` of nova 34.
"""

import hmac
import json
from collections.abc import Callable, Mapping

from msgspec import Raw

from nova_update_guard.compute_api import python_json

HostIdHasher = Callable[[str], str]
# By field, what stands in a record for its value; the others have none.
ValueHashers = Mapping[str, Callable[[object], object]]

# A shorter one could be guessed.
MIN_CHARACTERS = 16

# Enough that no two values of a cloud are taken for one.
_BYTES = 16


def text(raw: Raw) -> str:
    """Return the host id that a document has, nothing for an empty one.

    What is no text is returned as it is written.
    """
    try:
        value = python_json.value(raw)
    except ValueError:
        value = raw
    if isinstance(value, str):
        return value
    return str(bytes(raw), 'utf-8') if value else ''


def keyed(key: str) -> HostIdHasher:
    """Return what makes host ids of nova's, which look like them.

    Equal ones stay equal. The key is in no text that Python makes of the
    function.

    Raises ValueError for a key that is too short.
    """
    under = secret(key)

    def made_of(host_id: str) -> str:
        data = host_id.encode('utf-8', 'surrogatepass')
        return hmac.digest(under, data, 'sha224').hex()

    return made_of


def secret(key: str) -> bytes:
    """Return *key* as bytes. Raises ValueError for one that is too short."""
    if len(key.strip()) < MIN_CHARACTERS:
        raise ValueError(f'a key has at least {MIN_CHARACTERS} characters')
    return key.encode('utf-8', 'surrogateescape')


def value_hasher(key: str, field: str) -> Callable[[object], str]:
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
