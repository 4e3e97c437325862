"""The arguments of a command that describe a caller."""

import argparse
import re
from typing import Any

from nova_update_guard.analysis.caller import KEYS

_TRUE = {'true': True, 'false': False}
# What roles are separated by elsewhere.
_ODD = re.compile(r'[\s;\[\]"\']')


def add(parser: argparse.ArgumentParser) -> None:
    """Add an argument for each value of a caller, and for a token."""
    group = parser.add_argument_group('the caller')
    group.add_argument(
        '--token',
        metavar='FILE',
        help="the body of the caller's token, as keystone's GET "
        '/v3/auth/tokens returns it',
    )
    for name, key in KEYS.items():
        group.add_argument(
            option(name),
            metavar='ROLE,...' if key.kind is list else name.upper(),
            type=_READ[key.kind],
            help=key.about,
        )


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(',') if name.strip()]
    for name in names:
        if _ODD.search(name):
            raise argparse.ArgumentTypeError(
                f'{name!r} is no name of a role: separate roles by commas'
            )
    return names


def _flag(text: str) -> bool:
    try:
        return _TRUE[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is neither true nor false'
        ) from None


# By kind of a caller's value, the function that reads it.
_READ: dict[type, Any] = {list: _names, bool: _flag, str: str}


def option(name: str) -> str:
    """Return the argument for the value *name* of a caller."""
    return f'--{name.replace("_", "-")}'
