"""Host ids that nobody can guess the host from.

nova's is the SHA-224 of project and host name, without a secret: who knows
the project can try names. Source: ``generate_hostid`` in ``nova.utils`` of
nova 34.
"""

import hmac
from collections.abc import Callable

from msgspec import Raw

from nova_update_guard import keys
from nova_update_guard.compute_api import python_json

Keyed = Callable[[str], str]


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


def keyed(key: str) -> Keyed:
    """Return what makes host ids of nova's, which look like them.

    Equal ones stay equal. The key is in no text that Python makes of the
    function.

    Raises ValueError for a key that is too short.
    """
    secret = keys.secret(key)

    def made_of(host_id: str) -> str:
        data = host_id.encode('utf-8', 'surrogatepass')
        return hmac.digest(secret, data, 'sha224').hex()

    return made_of
