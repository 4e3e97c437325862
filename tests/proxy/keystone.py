"""A stand-in for keystone: just the requests of auth_token.

The real one is in tests/cloud. This one knows a few people by their tokens.
"""

import datetime
import json

from tests.proxy.listening import Listener
from tests.proxy.messages import head_and_body

ADMIN = 'token-of-admin'
MEMBER = 'token-of-member'
# Any token that begins so is one more of the member's, with the catalog of a
# large cloud.
MORE = f'{MEMBER}-'
CATALOG_BYTES = 300_000
# Any token that begins so, and goes on with a number, is that of one more
# member: as long as a Fernet token, with the catalog of a cloud as they are.
_CALLER = 'token-of-caller-'
_CALLERS_CATALOG_BYTES = 10_000
_TOKEN_BYTES = 200
READER = 'token-of-reader'
_SERVICE = 'token-of-the-guard'
_ROLES = {
    ADMIN: ['admin', 'member', 'reader'],
    MEMBER: ['member', 'reader'],
    _SERVICE: ['service'],
    READER: ['reader'],
}
_PROJECT = 'p1'
# Not a token: what a log tells of a user must not be one.
USERS = {token: f'user-{number}' for number, token in enumerate(_ROLES)}
_DOMAIN = {'id': 'default', 'name': 'Default'}


def people():
    """Return by token who is known: the user, the project and the roles."""
    return {
        token: {'user_id': user, 'project_id': _PROJECT, 'roles': roles}
        for (token, user), roles in zip(
            USERS.items(), _ROLES.values(), strict=True
        )
    }


def tokens(count):
    """Return the tokens of *count* members."""
    return [
        f'{_CALLER}{number}-'.ljust(_TOKEN_BYTES, 'x')
        for number in range(count)
    ]


class Keystone(Listener):
    """Answers for tokens, and counts nothing."""

    def __init__(self, wrap=lambda sock: sock):
        super().__init__(self._serve, wrap)

    @property
    def url(self):
        """A name that the tests let past the proxies of the environment."""
        return f'http://localhost:{self.port}'

    def _serve(self, sock):
        with sock.makefile('rb') as file:
            while message := head_and_body(file):
                sock.sendall(self._response(*message))

    def _response(self, first, headers, _body):
        method, path, _ = first.split()
        if not path.startswith('/v3/auth/tokens'):
            return _json(300, self._versions())
        token = headers.get('x-subject-token', _SERVICE)
        size = _catalog_bytes(token)
        known = MEMBER if size else token
        if known not in _ROLES:
            return _json(404, {})
        status = 201 if method == 'POST' else 200
        document = self._token(known)
        document['catalog'] += self._services(size)
        if token.startswith(_CALLER):
            number = token.removeprefix(_CALLER).partition('-')[0]
            document['user']['id'] = f'caller-{number}'
        if 'nocatalog' in path:
            del document['catalog']
        return _json(status, {'token': document}, token)

    def _versions(self):
        version = {
            'id': 'v3.14',
            'status': 'stable',
            'links': [{'rel': 'self', 'href': f'{self.url}/v3/'}],
        }
        return {'versions': {'values': [version]}}

    def _token(self, token):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {
            'user': {'id': USERS[token], 'name': 'u', 'domain': _DOMAIN},
            'project': {'id': _PROJECT, 'name': 'p1', 'domain': _DOMAIN},
            'roles': [{'id': role, 'name': role} for role in _ROLES[token]],
            'methods': ['password'],
            'issued_at': _time(now),
            'expires_at': _time(now + datetime.timedelta(days=1)),
            'catalog': [self._identity()],
        }

    def _services(self, size):
        one = self._identity()
        return [
            {**one, 'type': f'service-{number}'}
            for number in range(size // len(json.dumps(one)))
        ]

    def _identity(self):
        endpoint = {'interface': 'public', 'region': 'R', 'url': self.url}
        return {'type': 'identity', 'name': 'k', 'endpoints': [endpoint]}


def _catalog_bytes(token):
    """Return the size of the catalog with *token*, if it is one of many."""
    if token.startswith(MORE):
        return CATALOG_BYTES
    return _CALLERS_CATALOG_BYTES if token.startswith(_CALLER) else 0


def _time(moment):
    return moment.strftime('%Y-%m-%dT%H:%M:%S.000000Z')


def _json(status, document, token=None):
    body = json.dumps(document).encode()
    lines = [
        f'HTTP/1.1 {status} Answer',
        'Content-Type: application/json',
        f'Content-Length: {len(body)}',
        *([f'X-Subject-Token: {token}'] if token else []),
    ]
    return '\r\n'.join([*lines, '', '']).encode() + body
