"""nova gets the requests that the guard checked, from the socket on."""

import itertools
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

# Some seconds for each, the same ones in every run. For other ones, and more:
# ``python -m tests.equivalence.sockets N``, which tells its seed.
EXAMPLES = 1000
SEED = 1


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
    # The reason names the package to install; .ci/run installs it.
    if FRONTS[front].missing:
        pytest.skip(FRONTS[front].missing)
    return all_that_runs.combination(guard, front)


def test_known_bypasses_stay_closed(combination: Combination) -> None:
    checked = combination.send([*CASES.values()])

    problems = dict(zip(CASES, map(combination.problem, checked), strict=True))
    assert {title: _ for title, _ in problems.items() if _} == {}


def test_every_request_that_reaches_nova_was_checked(
    combination: Combination,
) -> None:
    run = running.run(combination, EXAMPLES, SEED)

    assert run.wrong == []
    # A generator that only makes garbage would find nothing.
    assert run.reached > EXAMPLES / 20
    assert run.changed > 0


def test_an_allowed_caller_changes_a_server(combination: Combination) -> None:
    (checked,) = combination.send([Raw(body=UPDATE, token=ADMIN)])

    assert checked.status == 200
    assert checked.is_changed


def test_a_denied_caller_is_refused(combination: Combination) -> None:
    (checked,) = combination.send([Raw(body=UPDATE)])

    assert checked.status == 403
    assert checked.reached == []
