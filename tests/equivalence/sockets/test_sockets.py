"""What reaches nova, from a client's socket on, is what the guard judged."""

import itertools
import time
from collections.abc import Iterator

import pytest

from tests.equivalence.sockets import running, stage
from tests.equivalence.sockets.cases import CASES
from tests.equivalence.sockets.fronts import FRONTS
from tests.equivalence.sockets.proxies import SERVERS
from tests.equivalence.sockets.raw_requests import Raw
from tests.equivalence.sockets.running import Combination
from tests.equivalence.sockets.spellings import UPDATE
from tests.equivalence.sockets.stage import Stage
from tests.proxy.keystone import ADMIN

# Some seconds for each; ``python -m tests.equivalence.sockets N`` sends more.
EXAMPLES = 1000


@pytest.fixture(scope='session')
def all_that_runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    with stage.set_in(tmp_path_factory.mktemp('sockets')) as running_stage:
        yield running_stage


@pytest.fixture(
    params=[*itertools.product(SERVERS, FRONTS)], ids=' before '.join
)
def combination(
    request: pytest.FixtureRequest, all_that_runs: Stage
) -> Combination:
    guard, front = request.param
    if FRONTS[front].missing:
        pytest.skip(FRONTS[front].missing)
    return all_that_runs.combination(guard, front)


def test_what_was_once_a_way_around_is_none(combination: Combination) -> None:
    judged = combination.ask([*CASES.values()])

    problems = dict(zip(CASES, map(combination.problem, judged), strict=True))
    assert {title: _ for title, _ in problems.items() if _} == {}


def test_whatever_reaches_nova_was_judged(combination: Combination) -> None:
    run = running.run(combination, EXAMPLES, seed=time.time_ns())

    assert run.wrong == []
    # A generator that only makes garbage would find nothing.
    assert run.reached > EXAMPLES / 20
    assert run.changed > 0


def test_who_may_change_a_server_does_so(combination: Combination) -> None:
    (judged,) = combination.ask([Raw(body=UPDATE, token=ADMIN)])

    assert judged.status == 200
    assert judged.is_changed


def test_who_may_not_is_refused(combination: Combination) -> None:
    (judged,) = combination.ask([Raw(body=UPDATE)])

    assert judged.status == 403
    assert judged.reached == []
