"""One timeout for all the remote checks of a request.

oslo.policy has one for each check; a list of a thousand servers would hold a
worker for a thousand of them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class _Budget:
    """The seconds that the remote checks of a request have taken."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._began: float | None = None

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time until the end as spent."""
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._spent = self._total()
            self._began = None

    def left(self, timeout: float) -> float:
        """Return the seconds left of *timeout*. Raises TimeoutError."""
        left = timeout - self._total()
        if left <= 0:
            raise TimeoutError
        return left

    def _total(self) -> float:
        began = self._began
        return self._spent + (0 if began is None else time.monotonic() - began)


_BUDGET: ContextVar[_Budget] = ContextVar('budget')


def begin() -> None:
    """Begin the budget of a request, in this thread or greenlet."""
    _BUDGET.set(_Budget())


def spending() -> Any:
    """Return a context manager whose time the request's budget counts."""
    return _current().spending()


def _current() -> _Budget:
    if _BUDGET.get(None) is None:
        begin()
    return _BUDGET.get()


class Conf:
    """The options *conf* of oslo.policy, as checks find them.

    ``remote_timeout`` is what is left of it for the request. Reading it raises
    TimeoutError if nothing is.
    """

    def __init__(self, conf: Any) -> None:
        self._conf = conf

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._conf, name)
        return (
            Conf(value) if name == 'oslo_policy' else self._left(name, value)
        )

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    @staticmethod
    def _left(name: str, value: Any) -> Any:
        return _current().left(value) if name == 'remote_timeout' else value
