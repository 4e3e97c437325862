"""``openstack server update guard show``: what may I change of a server?"""

import argparse
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from cliff.lister import Lister
from openstack import exceptions
from osc_lib.cli.format_columns import ListColumn
from osc_lib.exceptions import CommandError

_RESOURCE = 'os-update-guard'
_COLUMNS = ('Field', 'May Change', 'Rule', 'Constraints')


class Show(Lister):
    """Show which fields of a server you may change, and by which rules."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'server', metavar='<server>', help='Server (name or ID)'
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Iterator[tuple[object, ...]]]:
        """Return the columns, and a row for each field.

        Raises CommandError if the cloud does not say, and openstacksdk's
        exceptions.
        """
        app: Any = self.app
        compute = app.client_manager.sdk_connection.compute
        server = compute.find_server(
            parsed_args.server, ignore_missing=False, details=False
        )
        fields = _get(compute, server.id)['fields']
        return _COLUMNS, map(_row, fields)


def _get(compute: Any, server_id: str) -> dict[str, Any]:
    """Return what the guard says, at the version that the user chose.

    Without one, at the newest, as other commands about servers.
    """
    response = compute.get(
        f'/servers/{server_id}/{_RESOURCE}',
        microversion=compute.default_microversion or 'latest',
    )
    # nova names a server that it does not have.
    is_no_path = server_id not in response.text
    if response.status_code == HTTPStatus.NOT_FOUND and is_no_path:
        raise CommandError(
            'The cloud has no update guard, or its option os_update_guard is '
            'off'
        )
    exceptions.raise_from_response(response)
    found: dict[str, Any] = response.json()[_RESOURCE]
    return found


def _row(field: dict[str, Any]) -> tuple[object, ...]:
    return (
        field['name'],
        field['may_change'],
        field['rule'],
        ListColumn(field['constraints']),
    )
