"""Load the operator's rules at start, and again when they change."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.files import PolicyFiles, Texts
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.policy.reloader import Reloader


def watched(
    settings: Settings,
    loaded: Callable[[Rules], object],
    failed: Callable[[], object],
    forked: Callable[[], object] = lambda: None,
) -> Reloader[Rules]:
    """Return a reloader of the rules that *settings* name.

    *loaded* is called with the rules of each load, *failed* for a file that
    changed nothing because it is broken, *forked* in a process that was forked
    and first asks for the rules. Raises PolicyError or OSError for
    rules that cannot be used, with the file and the line.
    """
    found = files(settings)
    loading = _Loading(found, settings)
    return Reloader(loading, found.stat, failed, loaded, forked, _named)


def _named(rules: Rules) -> str:
    return f'revision {rules.revision}'


def files(settings: Settings) -> PolicyFiles:
    """Return the policy files that *settings* name."""
    return PolicyFiles(
        settings.policy_file,
        settings.policy_dirs,
        settings.find,
        settings.constraints_file,
    )


def load(found: PolicyFiles, settings: Settings | None = None) -> Rules:
    """Load the rules in the files, once. Raises PolicyError or OSError.

    Without *settings*, with the defaults of options.
    """
    return _Loading(found, settings)()


@contextmanager
def _quietly() -> Iterator[None]:
    """Suppress the log message of oslo.policy on a check it cannot parse.

    It is a traceback without the file; the guard reports the place. In this
    thread only: nova reads policy of its own.
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
    """Loads rules from files; returns the same object for equal content."""

    def __init__(self, files: PolicyFiles, settings: Settings | None) -> None:
        self._files = files
        self._remote_checks = settings and settings.remote_checks
        self._extra_attributes = settings.extra_attributes if settings else ()
        self._last: Rules | None = None

    def __call__(self) -> Rules:
        """Return the rules. Raises PolicyError or OSError."""
        texts = self._files.read()
        rules = self._last
        # A file that is empty, or a pipe, is no part of the revision.
        if rules is None or rules.revision != texts.revision or texts.mistakes:
            rules = self._last = Rules(
                self._checks(texts),
                *(texts.revision, texts.constraints, texts.places),
                self._remote_checks,
            )
        return rules

    def _checks(self, texts: Texts) -> Checks:
        """Return the checks. Raises PolicyError, with all mistakes."""
        mistakes = [*texts.mistakes]
        try:
            with _quietly():
                checks = Checks(texts.rules, self._extra_attributes)
        except PolicyError as error:
            mistakes += (
                mistake._replace(place=texts.places.get(mistake.rule))
                for mistake in error.mistakes
            )
        if mistakes:
            raise PolicyError(*mistakes)
        return checks
