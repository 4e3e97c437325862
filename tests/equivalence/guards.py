"""Guards as an operator would load them, each with one policy."""

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nova_update_guard.deploy import filters
from nova_update_guard.policy import defaults

App = Callable[[dict[str, Any], Any], Any]

_UNLISTED = 'update_guard:server:show:unlisted'


def that_refuses_all(app: App) -> App:
    """Let nobody change a field or see an attribute."""
    return _guard(app, '!', '!')


def that_allows_all(app: App) -> App:
    """Let everybody change and see everything."""
    return _guard(app, '@', '@')


def that_shows_the_listed(app: App) -> App:
    """Let everybody see the attributes that the tables have, and no other."""
    return _guard(app, '@', '!')


def _guard(app: App, listed: str, unlisted: str) -> App:
    rules = {
        rule.name: listed
        for rule in defaults.list_rules()
        if rule.name.startswith('update_guard:')
    }
    rules[_UNLISTED] = unlisted
    path = Path(_folder().name, f'{ord(listed)}-{ord(unlisted)}.json')
    path.write_text(json.dumps(rules))
    return filters.update_guard({}, policy_file=str(path))(app)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that stays until the end: guards look at their file."""
    return tempfile.TemporaryDirectory()
