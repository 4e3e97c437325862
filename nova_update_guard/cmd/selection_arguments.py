"""The arguments of a command that select decision records."""

import argparse

from nova_update_guard.report.selection import Selection, moment


def add(parser: argparse.ArgumentParser) -> None:
    """Add an argument for each part of a selection."""
    group = parser.add_argument_group('selection of records')
    group.add_argument(
        '--since',
        metavar='TIME',
        type=_moment,
        help='records from this ISO 8601 date or time on; UTC unless it '
        'names a zone',
    )
    group.add_argument(
        '--until',
        metavar='TIME',
        type=_moment,
        help='records before this date or time',
    )
    group.add_argument(
        '--project', metavar='ID', help='records of this project'
    )
    group.add_argument('--user', metavar='ID', help='records of this user')
    group.add_argument(
        '--request-id',
        metavar='ID',
        help='the record of this request, req-… in what the client got',
    )
    group.add_argument('--server', metavar='ID', help='records of this server')
    group.add_argument(
        '--client',
        metavar='TEXT',
        help='records of clients whose User-Agent contains this',
    )


def _moment(text: str) -> object:
    try:
        return moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def selection(parsed_args: argparse.Namespace) -> Selection:
    """Return the selection that the arguments name."""
    return Selection(
        **{name: getattr(parsed_args, name) for name in Selection._fields}
    )
