"""The generators of requests, and whether guard and nova agree."""

import functools
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import hypothesis
from hypothesis import strategies as st

from tests.equivalence import (
    actions,
    bodies,
    cases,
    creates,
    model,
    route_requests,
    routing,
    verdicts,
    version_headers,
    versions,
)

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup

T = TypeVar('T', bound=bodies.Update)


class DisagreementError(Exception):
    """Guard and nova do not agree. Each way not to is a class of its own.

    By its class Hypothesis tells one failure from the other.
    """


class Outcome(NamedTuple):
    """The problem in *wrong*, if any, and whether nova got to its update."""

    wrong: str | None
    reached: bool


class Generator(NamedTuple):
    """Makes examples; *judge* asks guard and nova about one.

    *cases* are examples with a name, each of them once a way around.
    """

    make: Callable[[], st.SearchStrategy[Any]]
    check: Callable[[Any], Outcome]
    cases: dict[str, Any]


class Run(NamedTuple):
    """The results of some examples; *wrong* are the smallest that fail."""

    name: str
    examples: int
    reached: int
    seconds: float
    wrong: list[str]


def _route(request: route_requests.Request) -> Outcome:
    requested = routing.send(request)
    return Outcome(routing.disagreement(requested), requested.alone.is_update)


def _verdict(update: bodies.Update) -> Outcome:
    checked = verdicts.check(update)
    return Outcome(verdicts.disagreement(checked), checked.alone.is_valid)


def _action(action: actions.Action) -> Outcome:
    checked = actions.check(action)
    return Outcome(actions.disagreement(checked), checked.alone.is_valid)


def _create(create: creates.Create) -> Outcome:
    checked = creates.check(create)
    return Outcome(creates.disagreement(checked), checked.alone.is_valid)


def _version(request: version_headers.Versioned) -> Outcome:
    read = versions.read(request)
    return Outcome(versions.disagreement(read), read.nova is not None)


def _known(updates: dict[str, T]) -> dict[str, T]:
    """Return the cases at versions that this nova has."""
    return {
        title: update
        for title, update in updates.items()
        if update.minor <= model.newest()
    }


GENERATORS = {
    'routes': Generator(route_requests.requests, _route, cases.ROUTES),
    'verdicts': Generator(bodies.updates, _verdict, _known(cases.VERDICTS)),
    'actions': Generator(actions.actions, _action, _known(cases.ACTIONS)),
    'creates': Generator(creates.creates, _create, _known(cases.CREATES)),
    'versions': Generator(version_headers.requests, _version, cases.VERSIONS),
}


def check(name: str, example: Any) -> bool:
    """Return whether nova got to its update; raise if the two differ."""
    outcome = GENERATORS[name].check(example)
    if outcome.wrong is not None:
        raise _class(outcome.wrong)(f'{outcome.wrong}: {example!r}')
    return outcome.reached


@functools.cache
def _class(wrong: str) -> type[DisagreementError]:
    return type('DisagreementError', (DisagreementError,), {'wrong': wrong})


def run(name: str, examples: int, seed: int | None = None) -> Run:
    """Check so many examples; without a *seed*, others each time."""
    reached = 0

    def one(example: Any) -> None:
        nonlocal reached
        reached += check(name, example)

    start = time.monotonic()
    with model.running():
        found = _errors(_property(name, one, examples, seed))
    seconds = time.monotonic() - start
    return Run(name, examples, reached, seconds, [*map(str, found)])


def _property(
    name: str, one: Callable[[Any], None], examples: int, seed: int | None
) -> Callable[[], None]:
    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=True,
    )
    test = settings(hypothesis.given(GENERATORS[name].make())(one))
    return test if seed is None else hypothesis.seed(seed)(test)


def _errors(test: Callable[[], None]) -> Iterable[Exception]:
    """Return all that *test* raises, one by one."""
    try:
        test()
    except ExceptionGroup as group:
        return group.exceptions
    except Exception as error:
        return [error]
    return []
