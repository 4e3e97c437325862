"""The operator's rules: loaded at start, and again when they change."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy.checks import Checks, PolicyError
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.reloader import Reloader


def watched(
    settings: Settings,
    loaded: Callable[[Rules], object],
    failed: Callable[[], object],
) -> Reloader[Rules]:
    """Return the rules that *settings* name, as long as there is the guard.

    *loaded* is told what each load has made, and *failed* of a file that
    changed nothing because it is broken. Raises PolicyError or OSError for
    rules that cannot be used, with the file and the line.
    """
    found = files(settings)
    return Reloader(_Loading(found, settings), found.look, failed, loaded)


def files(settings: Settings) -> PolicyFiles:
    """Return the files of rules that *settings* name."""
    return PolicyFiles(
        settings.policy_file,
        settings.policy_dirs,
        settings.find,
        settings.constraints_file,
    )


def load(found: PolicyFiles, settings: Settings) -> Rules:
    """Return the rules in the files, once. Raises PolicyError or OSError."""
    return _Loading(found, settings)()


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep from the log what oslo.policy says of a check it cannot read.

    It says so by a traceback, without the file; we say it with the place. In
    this thread only: nova reads policy of its own.
    """
    logger = logging.getLogger('oslo_policy._parser')
    ours = threading.get_ident()

    def is_theirs(record: logging.LogRecord) -> bool:
        return record.thread != ours

    logger.addFilter(is_theirs)
    try:
        yield
    finally:
        logger.removeFilter(is_theirs)


class _Loading:
    """Makes rules of files; the same ones of files that say the same."""

    def __init__(self, files: PolicyFiles, settings: Settings) -> None:
        self._files = files
        self._keyed = settings.keyed
        self._last: Rules | None = None

    def __call__(self) -> Rules:
        """Return the rules. Raises PolicyError or OSError."""
        texts = self._files.read()
        rules = self._last
        if rules is None or rules.revision != texts.revision:
            try:
                with _quietly():
                    checks = Checks(texts.rules)
            except PolicyError as error:
                place = texts.places.get(error.rule, 'the defaults')
                raise PolicyError(f'{place}: {error}') from None
            rules = self._last = Rules(
                checks, texts.revision, texts.constraints, self._keyed
            )
        return rules
