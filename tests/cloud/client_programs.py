"""Updates by the real clients; for the cloud's interpreter.

Reads lines of JSON, [program, arguments...], which mostly are a server's id
and {field: value}, and answers each with [whether the client was content,
what it said].
"""

import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import Any

import novaclient
import openstack
from novaclient import client, exceptions
from openstackclient import shell

Values = Mapping[str, str]
Response = tuple[bool, str]


def openstack_server(*words: str) -> Response:
    """Run the command line that `openstack server` in a shell would."""
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained):
        status = shell.main(['server', *words])
    return not status, (complained if status else said).getvalue()


def openstack_set(server: str, values: Values) -> Response:
    """Type `openstack server set`, with an option for each value."""
    options = [
        word
        for field, value in values.items()
        for word in (_option(field), value)
    ]
    return openstack_server('set', *options, server)


def openstack_unset(server: str, values: Values) -> Response:
    """Type `openstack server unset`, with an option for each field."""
    return openstack_server('unset', *map(_option, values), server)


def sdk_fetched(server: str, values: Values) -> Response:
    """Update a server that openstacksdk has fetched."""
    return sdk_by_id(connection().compute.get_server(server), values)


def sdk_by_id(server: Any, values: Values) -> Response:
    """Update a server of which openstacksdk knows the id."""
    try:
        connection().compute.update_server(server, **values)
    except openstack.exceptions.BadRequestException as error:
        return False, str(error)
    return True, ''


def novaclient_update(server: str, values: Values) -> Response:
    """Update a server by python-novaclient."""
    try:
        _nova().servers.update(server, **values)
    except exceptions.BadRequest as error:
        return False, str(error)
    return True, ''


@cache
def connection() -> Any:
    """Return openstacksdk's connection, at the newest microversion."""
    newest = os.environ['OS_COMPUTE_API_VERSION']
    return openstack.connect(compute_default_microversion=newest)


@cache
def _nova() -> Any:
    newest = novaclient.API_MAX_VERSION.get_string()
    return client.Client(newest, session=connection().session)


def _option(field: str) -> str:
    return f'--{field.replace("_", "-")}'


PROGRAMS: dict[str, Callable[..., Response]] = {
    program.__name__: program
    for program in (
        *(openstack_server, openstack_set, openstack_unset),
        *(sdk_fetched, sdk_by_id, novaclient_update),
    )
}


def serve(programs: Mapping[str, Callable[..., Response]]) -> None:
    """Run *programs* as the lines ask for, until there is none more."""
    for line in sys.stdin:
        program, *arguments = json.loads(line)
        print(json.dumps(programs[program](*arguments)), flush=True)


if __name__ == '__main__':
    serve(PROGRAMS)
