"""Do guard and nova refuse the same values in creates?

One create, asked twice, as in ``actions``: what comes as far as nova's own
code has passed its validation.
"""

import functools
import json
from typing import Any

from hypothesis import strategies as st
from nova.api.openstack.compute.servers import ServersController

from nova_update_guard.compute_api.create_fields import (
    CREATE_FIELDS,
    create_fields_at,
)
from nova_update_guard.compute_api.microversions import Version
from tests.equivalence import (
    actions,
    bodies,
    differences,
    guards,
    model,
    picks,
    tables,
)
from tests.equivalence.actions import Checked
from tests.equivalence.bodies import Update
from tests.equivalence.model import App
from tests.equivalence.picks import Picks
from tests.equivalence.verdicts import ValidError
from tests.equivalence.wire import Environ

KEYS = [json.dumps(row.parameter) for row in CREATE_FIELDS] * 30 + [
    *('"pinned_availability_zone"', '"OS-EXT-SRV-ATTR:hostname"', '"x"'),
    *('"Name"', '"metadata"', '"key_name"', '"user_data"', '"host"', '"tags"'),
    *('"flavorRef"', '"min_count"', '"na\\u006de"', '"name\\u0000"', '""'),
]
IMAGE = '"imageRef": "155d900f-4e14-4e4c-a73d-069cbf4541e6"'
# From here on, a create says which networks the server has.
NETWORKS_SINCE = 37
AROUND = [
    *['{"server": {%n, %s}}'] * 250,
    *['{"server": {%s, %n}}', '{"server": {%s}}'] * 10,
    *('{"server": {%n, %s}, "x": 1}', '{"x": 1, "server": {%n, %s}}'),
    *('{"server": {%n, %s}, "os:scheduler_hints": {}}', '{"server": []}'),
    *('{"server": {%n, %s}, "os:scheduler_hints": {"group": 1}}', '[]', '{}'),
    *('{"server": [{%n, %s}]}', '[{"server": {%s}}]', '{"server": "%n"}'),
    *('{"server": null}', '{"server": {}}', '{"Server": {%n, %s}}', 'null'),
    *('{"server": {%n, %s}, "server": {}}', '{"servers": {%n, %s}}', '5', ''),
    *(' {"server" :\n{ %n,\t%s } }\r\n', '{"server": {%n %s}}', '{%n, %s}'),
    *('{"server": {"server": {%n, %s}}}', '{"server": {%n, "min_count": 2}}'),
]


class Create(Update):
    """A create at 2.*minor*, as an update is one."""

    method = 'POST'
    path = '/servers'


def creates() -> st.SearchStrategy[Create]:
    """Return the strategy of all creates that set a field."""
    return picks.examples(_create, 24)


def create(inner: str, minor: int, around: str = AROUND[0]) -> str:
    """Return a create as text that nova would take without *inner*."""
    needed = ['"flavorRef": "1"', IMAGE]
    if '"name":' not in inner:
        needed.append('"name": "a"')
    if minor >= NETWORKS_SINCE:
        needed.append('"networks": "none"')
    return around.replace('%n', ', '.join(needed)).replace('%s', inner)


def _create(pick: Picks) -> Create:
    minor, around = pick.one(_minors()), pick.one(AROUND)
    text = create(bodies.pairs(pick, KEYS), minor, around)
    return Create(minor, *bodies.sent(pick, text))


@functools.cache
def _minors() -> list[int]:
    every = range(1, model.newest() + 1)
    edges = [row.since.minor for row in CREATE_FIELDS]
    near = [edge + step for edge in edges for step in (-1, 0)]
    return [*every, *[_ for _ in (0, *near) if 0 <= _ <= every[-1]] * 4]


class _Create:
    """nova's create, and the document of the last call."""

    def __init__(self) -> None:
        self._resource = model.create_resource()
        controller = self._resource.controller
        # The first that nova calls with a valid create.
        controller._get_server_admin_password = self._stop
        controller.create = functools.partial(self._called, controller.create)
        self.body: Any = None
        self.is_requested = False

    def _called(self, create: Any, **arguments: Any) -> Any:
        self.body = arguments.get('body')
        return create(**arguments)

    def _stop(self, *_: object, **__: object) -> Any:
        raise ValidError

    def __call__(self, environ: Environ, start: Any) -> Any:
        """Serve a create, as nova's router would have it."""
        self.is_requested = True
        environ['wsgiorg.routing_args'] = ((), {'action': 'create'})
        return self._resource(environ, start)


def check(create: Create) -> Checked:
    """Ask nova alone and nova behind a guard that allows everything."""
    nova, guarded = _apps()
    verdicts = (actions.verdict(nova, app, create) for app in (nova, guarded))
    return Checked(create, *verdicts)


def disagreement(checked: Checked) -> str | None:
    """Return the problem in a few words, or None."""
    row = differences.of_create(checked)
    if row is not None:
        return row.problem(checked.guarded.response)
    # Of a body that is not read nova says nothing; its check of base64 fails.
    is_read = checked.alone.response.status != 415
    words = _words(checked.update) if is_read else None
    return actions.disagreement_on_fields(checked, words)


def _words(create: Update) -> list[str] | None:
    """Return what nova says about the fields that the guard knows."""
    kind, document = differences.parsed(create.read)
    if kind != 'json':
        return None
    known = create_fields_at(Version(2, create.minor))
    return actions.words_about(
        {('server', name) for name in known},
        tables.schema_at(
            ServersController, 'request_body_schema', 'create', create.minor
        ),
        *(document, create.minor),
    )


@functools.cache
def _apps() -> tuple[_Create, App]:
    nova = _Create()
    return nova, guards.that_allows_all(nova)
