"""nova-api as its own paste file builds it, with or without the guard."""

import functools
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from nova.api import wsgi
from nova.api.openstack.compute import APIRouterV21

from tests.whole_nova import noise

Environ = dict[str, Any]

APP = ' osapi_compute_app_v21\n'
ROUTER = 'nova.api.openstack.compute:APIRouterV21.factory'
AUTHTOKEN = 'keystonemiddleware.auth_token:filter_factory'

# What nova answered below the guard is kept under this key of the environ;
# with an answer put there beforehand, nova is not asked.
NOVA = 'whole_nova.nova'
CANNED = 'whole_nova.canned'

Responded = tuple[str, list[tuple[str, str]], bytes]


def without_guard(folder: Path) -> Any:
    """Return nova-api as an operator finds it, but for authtoken."""
    return _load(folder / 'raw-paste.ini', '')


def with_guard(folder: Path, rules: Mapping[str, str], **options: str) -> Any:
    """Return nova-api behind the guard with *rules* as its policy file."""
    policy = folder / 'policy.yaml'
    policy.write_text(yaml.safe_dump(dict(rules)))
    return _load(
        folder / 'guarded-paste.ini',
        'update_guard',
        use='egg:nova_update_guard#update_guard',
        policy_file=str(policy),
        **options,
    )


def authtoken_factory(*_: object, **__: object) -> Any:
    """Stand for authtoken: the request's headers hold the identity."""
    return lambda app: app


def router_factory(*_: object, **__: object) -> Any:
    """Stand for the factory of nova's router: all pipelines share one."""
    return _router()


@functools.cache
def _router() -> Any:
    return APIRouterV21()


def tap_factory(*_: object, **__: object) -> Any:
    """Stand between guard and nova, to keep nova's response."""
    return Tap


class Tap:
    """Keep nova's answer, or give a kept one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(
        self, environ: Environ, start_response: Any
    ) -> Iterable[bytes]:
        responded = environ.get(CANNED) or self._send(environ)
        environ[NOVA] = responded
        status, headers, body = responded
        start_response(status, list(headers))
        return [body]

    def _send(self, environ: Environ) -> Responded:
        reported: list[Any] = []
        chunks = self._app(environ, lambda *head: reported.extend(head[:2]))
        return reported[0], reported[1], b''.join(chunks)


def _load(path: Path, guard: str, **section: str) -> Any:
    tap = {'paste.filter_factory': f'{__name__}:tap_factory'}
    text = _nova_paste().replace(APP, f' {guard} tap{APP}')
    text += _section('tap', tap) + _section(guard or 'unused', section)
    path.write_text(text)
    with noise.ignored():
        return wsgi.Loader(str(path)).load_app('osapi_compute')


@functools.cache
def _nova_paste() -> str:
    text = next(
        Path(file.locate()).read_text()
        for file in metadata.files('nova') or ()
        if file.name == 'api-paste.ini'
    )
    return text.replace(AUTHTOKEN, f'{__name__}:authtoken_factory').replace(
        ROUTER, f'{__name__}:router_factory'
    )


def _section(name: str, options: Mapping[str, str]) -> str:
    lines = [f'{key} = {value}' for key, value in options.items()]
    return '\n'.join(['', f'[filter:{name}]', *lines, ''])
