"""Tokens that are no longer valid, as keystone itself made them."""

import time
from collections.abc import Iterator

import msgpack
from cryptography.fernet import Fernet, MultiFernet

from tests.cloud import web
from tests.cloud.state import State


def expiring(state: State, token: str, seconds: float) -> str:
    """Return the same token, to expire *seconds* from now.

    Keystone issues none for less than its [token] expiration, nor for the
    past; with its own keys it is just what it would have issued then.
    """
    keys = MultiFernet(list(_keys(state)))
    padded = token + '=' * (-len(token) % 4)
    payload = msgpack.unpackb(keys.decrypt(padded.encode()))
    (at,) = (n for n, part in enumerate(payload) if isinstance(part, float))
    payload[at] = float(int(time.time() + seconds))
    return keys.encrypt(msgpack.packb(payload)).decode().rstrip('=')


def revoke(keystone_url: str, token: str) -> None:
    """Have keystone revoke *token*, in its owner's name."""
    headers = {'X-Auth-Token': token, 'X-Subject-Token': token}
    web.send('DELETE', f'{keystone_url}/auth/tokens', headers=headers)


def _keys(state: State) -> Iterator[Fernet]:
    """Yield keystone's keys, the one that it signs with first."""
    folder = state.live / 'fernet-keys'
    for path in sorted(folder.iterdir(), key=lambda path: -int(path.name)):
        yield Fernet(path.read_text())
