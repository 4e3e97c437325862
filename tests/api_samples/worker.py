"""A process that runs tests of nova's; nova.test changes all of it.

It poisons ``open`` and ``os.uname``, moves HOME and takes the log.
"""

import functools
import os
import traceback
import unittest
from pathlib import Path
from typing import NamedTuple

TESTS = 'nova.tests.functional.api_sample_tests'
PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
# A busy machine is no failure.
_TIMEOUT_SECONDS = 900


class Outcome(NamedTuple):
    """The id of a test, how it ended, and why if it did not pass."""

    test: str
    result: str
    words: str


def begin(paste: Path, docs: Path, log: Path) -> None:
    """Import nova's tests; load *paste* and compare with samples in *docs*."""
    os.environ.update(
        OS_NOVA_DISABLE_EVENTLET_PATCHING='1',
        OS_STDOUT_CAPTURE='1',
        OS_STDERR_CAPTURE='1',
        OS_TEST_TIMEOUT=str(_TIMEOUT_SECONDS),
        PYTHONWARNINGS='ignore',
    )
    # nova's services log past what captures the tests' output.
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(written, standard)
    _import(paste, docs)


def _import(paste: Path, docs: Path) -> None:
    import webob.dec  # noqa: F401  nova.api.wsgi uses it without importing it
    from nova.api import wsgi
    from nova.tests.functional import api_samples_test_base as base

    def sample(test: type, name: str, api_version: str | None = None) -> str:
        path = test._get_sample_path(name, str(docs), api_version=api_version)
        assert Path(path).exists(), f'nova has no sample {path}'
        return path

    # Both look beside the nova that is imported: in a source tree.
    base.ApiSampleTestBase._get_sample = classmethod(sample)
    wsgi.Loader = functools.partial(wsgi.Loader, str(paste))


def names() -> list[str]:
    """Return the modules of the tests."""
    import pkgutil
    from importlib import import_module

    package = import_module(TESTS)
    return [
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if module.name.startswith('test_')
    ]


def run(name: str) -> tuple[str, list[Outcome]]:
    """Run a module, a class or a method below TESTS; return *name*, too."""
    result = _Result()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(f'{TESTS}.{name}')
        suite.run(result)
    except Exception:
        result.outcomes.append(Outcome(name, FAILED, traceback.format_exc()))
    return name, result.outcomes


class _Result(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []

    def _add(self, test: object, result: str, words: str = '') -> None:
        self.outcomes.append(Outcome(test.id(), result, words))

    def addSuccess(self, test: object) -> None:  # noqa: N802
        self._add(test, PASSED)

    def addSkip(self, test: object, reason: str) -> None:  # noqa: N802
        self._add(test, SKIPPED, reason)

    def addFailure(self, test: object, error: tuple) -> None:  # noqa: N802
        # All that was logged stands before it.
        text = str(error[1])
        _, _, last = text.rpartition('Traceback (most recent call last):')
        self._add(test, FAILED, last.strip())

    addError = addFailure  # noqa: N815

    def addExpectedFailure(self, test: object, error: tuple) -> None:  # noqa: N802
        self._add(test, SKIPPED, 'expected to fail')

    def addUnexpectedSuccess(self, test: object) -> None:  # noqa: N802
        self._add(test, FAILED, 'passed, and was expected to fail')
