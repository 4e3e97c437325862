"""Warnings of other projects that are not ours to mend.

Each is a filter as ``warnings.filterwarnings`` and pytest take it.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

NOISE = (
    # nova's own policy still names is_admin, at every request.
    'ignore:Policy enforcement is depending on the value of is_admin:'
    'DeprecationWarning',
    # oslo.db's update_on_match, by which nova saves an instance.
    r'ignore:Invoking and_\(\) without arguments is deprecated:'
    'sqlalchemy.exc.SADeprecationWarning',
    # A migration of each of nova's two databases, at start.
    r'ignore:The from_engine\(\) method on Inspector is deprecated:'
    'sqlalchemy.exc.SADeprecationWarning',
    # nova's RPC fixture names an executor, although it is the threading one.
    "ignore:Using the 'executor' argument is deprecated:DeprecationWarning",
    # oslo.messaging imports it, to find that eventlet is not in use.
    'ignore:eventletutils module is deprecated:DeprecationWarning',
    # Two of nova's rules carry their deprecation in the wrong place.
    'ignore:os_compute_api:DeprecationWarning',
    # nova answers 204 with a content type.
    'ignore:Content-Type header found in a 204:webtest.lint.WSGIWarning',
)


@contextmanager
def ignored() -> Iterator[None]:
    """Let the block pass without NOISE; any other warning is still told."""
    with warnings.catch_warnings():
        for line in NOISE:
            _, message, category = line.split(':', 2)
            warnings.filterwarnings('ignore', message, _category(category))
        yield


def _category(name: str) -> type[Warning]:
    module, _, name = name.rpartition('.')
    return getattr(__import__(module or 'builtins', fromlist=[name]), name)
