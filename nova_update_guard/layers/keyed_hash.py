"""Hashes of values and of host ids, with a key that the operator sets.

nova's host id is the SHA-224 of project and host name, without a secret:
anyone who knows the project can try names.

Source: ``generate_hostid`` in ``nova.utils`` of nova 34.
"""

import hmac
import json
from collections.abc import Callable, Mapping

from msgspec import Raw

from nova_update_guard.compute_api import python_json

HostIdHasher = Callable[[str], str]
# By field, the function that makes the recorded form of its value; the values
# of other fields are not recorded.
ValueHashers = Mapping[str, Callable[[object], object]]

# A shorter key could be guessed.
MIN_CHARACTERS = 16

# Long enough that no two values of a cloud have the same hash.
_BYTES = 16


def text(raw: Raw) -> str:
    """Return the host id in *raw*, an empty string if there is none.

    A value that is not a string is returned as its JSON text.
    """
    try:
        value = python_json.value(raw)
    except ValueError:
        value = raw
    if isinstance(value, str):
        return value
    return str(bytes(raw), 'utf-8') if value else ''


def host_id_hasher(key: str) -> HostIdHasher:
    """Return a function that hashes nova's host ids, in the same format.

    Equal ids stay equal. The key is in no text that Python makes of the
    function.

    Raises ValueError for a key that is too short.
    """
    secret_key = key_bytes(key)

    def hash_host_id(host_id: str) -> str:
        data = host_id.encode('utf-8', 'surrogatepass')
        return hmac.digest(secret_key, data, 'sha224').hex()

    return hash_host_id


def key_bytes(key: str) -> bytes:
    """Return *key* as bytes. Raises ValueError for one that is too short."""
    if len(key.strip()) < MIN_CHARACTERS:
        raise ValueError(f'a key needs at least {MIN_CHARACTERS} characters')
    return key.encode('utf-8', 'surrogateescape')


def value_hasher(key: str, field: str) -> Callable[[object], str]:
    """Return a function that hashes values of *field*.

    Equal values have equal hashes, but those of another field have others. The
    key is in no text that Python makes of the function.

    Raises ValueError for a key that is too short.
    """
    secret_key = key_bytes(key)

    def hash_value(value: object) -> str:
        data = f'{field}\0{json.dumps(value, sort_keys=True)}'.encode()
        return 'hmac:' + hmac.digest(secret_key, data, 'sha256')[:_BYTES].hex()

    return hash_value
