"""Where a report gets the names that it prints beside ids."""

import argparse
import logging
from collections import ChainMap
from pathlib import Path

from nova_update_guard import extras
from nova_update_guard.report.names import NAMED, NO_NAMES, Names, listed

LOG = logging.getLogger(__name__)

# Of about a million projects. A larger file is something else, or endless.
_MOST_BYTES = 1 << 27


class NamesError(Exception):
    """An error that stops a report with names; the message says what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where names come from."""
    group = parser.add_argument_group('names of projects and users')
    group.add_argument(
        '--names',
        metavar='FILE',
        action='append',
        default=[],
        help="print names beside ids, from the output of 'openstack project "
        "list -f json' or 'openstack user list -f json'; can be repeated: "
        'later files override earlier ones',
    )
    group.add_argument(
        '--os-cloud',
        metavar='NAME',
        help='print names beside ids, from the keystone of this cloud in '
        'clouds.yaml; they are kept for an hour; files override them',
    )


def names(parsed_args: argparse.Namespace, is_shown: bool) -> Names:
    """Return the names that the arguments ask for.

    keystone is asked only if a name *is_shown* anywhere. Raises NamesError.
    """
    cloud = parsed_args.os_cloud
    if not (parsed_args.names or cloud):
        return NO_NAMES
    in_files: dict[str, str] = {}
    for file in parsed_args.names:
        in_files |= _in_file(file)
    if not is_shown:
        LOG.warning(
            'No names are printed, as there are no ids: add --by project, '
            '--by user, --html or --json.'
        )
        return NO_NAMES
    found = _in_keystone(cloud) if cloud else {}
    return Names(
        {each: ChainMap(in_files, found.get(each, {})) for each in NAMED}
    )


def _in_file(name: str) -> dict[str, str]:
    try:
        # Not more: it may be a pipe, or the records themselves.
        with Path(name).open('rb') as file:
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise ValueError(f'it is larger than {_MOST_BYTES >> 20} MiB')
        return listed(text)
    except OSError as error:
        raise NamesError(f'--names {name}: {error.strerror}') from None
    except ValueError as error:
        raise NamesError(
            f"--names {name} is not what 'openstack project list -f json' or "
            f"'openstack user list -f json' prints: {error}"
        ) from None


def _in_keystone(cloud: str) -> dict[str, dict[str, str]]:
    try:
        # Only now: it takes longer to import than most reports do to read.
        from nova_update_guard.cmd import keystone_names
    except ImportError as error:
        raise NamesError(
            f'--os-cloud needs {_library(error)}, which is not installed: '
            f'{extras.how_to_install("names")}'
        ) from None
    try:
        return keystone_names.names(cloud)
    except keystone_names.CloudError as error:
        raise NamesError(f'--os-cloud {cloud}: {error}') from None


def _library(error: ImportError) -> str:
    return (error.name or 'openstack').partition('.')[0]
