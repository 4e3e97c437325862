"""Commands and calls of the real clients; for the cloud's interpreter.

Each returns whether it went well, and what it printed: of a call the JSON of
what it returned. An error that is none of the client's own begins with
TRACEBACK: the client has stumbled.
"""

import datetime
import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from keystoneauth1 import exceptions as keystone
from novaclient import API_MAX_VERSION
from novaclient import exceptions as novaclient
from novaclient import shell as nova_shell
from openstack import exceptions as sdk_exceptions
from openstackclient import shell
from osc_lib import exceptions as command_line

from tests.clients.commands import OPTIONS, TRACEBACK
from tests.cloud import client_programs
from tests.cloud.client_programs import Response

# Older than the others', which the environment names.
_NEWEST = f'--os-compute-api-version={API_MAX_VERSION.get_string()}'
# Told to a user in a sentence.
_TOLD = (
    keystone.ClientException,
    novaclient.ClientException,
    novaclient.CommandError,
    sdk_exceptions.SDKException,
    command_line.ClientException,
    command_line.CommandError,
)


class _Shell(shell.OpenStackShell):
    error: BaseException | None = None

    def clean_up(self, cmd: Any, result: int, err: Any) -> None:
        """Keep the error, of which `run` only prints the text."""
        self.error = err
        super().clean_up(cmd, result, err)


def openstack(*words: str) -> Response:
    """Run `openstack` as in a terminal."""
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained):
        ran = _Shell()
        status = ran.run(list(words))
    if ran.error:
        return False, _words(ran.error)
    return not status, said.getvalue() or complained.getvalue()


def nova(*words: str) -> Response:
    """Run `nova` as in a terminal."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(io.StringIO()):
            nova_shell.OpenStackComputeShell().main([_NEWEST, *words])
    except Exception as error:
        return False, _words(error)
    return True, said.getvalue()


def sdk(call: str, *words: str) -> Response:
    """Call a method of a connection, such as ``compute.servers``."""
    given = [word for word in words if word not in OPTIONS]
    options = {
        word: datetime.datetime.fromisoformat(OPTIONS[word])
        for word in words
        if word in OPTIONS
    }
    try:
        method: Any = client_programs.connection()
        for name in call.split('.'):
            method = getattr(method, name)
        documents = list(_documents(method(*given, **options)))
    except Exception as error:
        return False, _words(error)
    return True, json.dumps(documents, default=str)


def _documents(result: Any) -> Iterator[Any]:
    for each in [result] if hasattr(result, 'to_dict') else result:
        yield each.to_dict()


def _words(error: BaseException) -> str:
    if isinstance(error, _TOLD):
        return str(error)
    return f'{TRACEBACK}{type(error).__name__}: {error}'


PROGRAMS: dict[str, Callable[..., Response]] = {
    program.__name__: program for program in (openstack, nova, sdk)
}


if __name__ == '__main__':
    client_programs.serve(PROGRAMS)
