"""The guard's cost beside nova's own work, in one process.

Here and not in tests.bench: this package has to be imported before nova is.

nova is whole: its functional fixtures, with SQLite and a compute that
pretends.
"""

import itertools
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nova.conf
from nova import context
from nova.api.openstack.compute.schemas import servers as schemas
from nova.api.validation import validators
from nova.policies import servers as policies

from tests.bench import documents, inprocess, measure, redactions
from tests.bench.measure import Measured, Row, Work
from tests.whole_nova import noise, pipelines, servers, whole
from tests.whole_nova.client import MEMBER, Client, Request

# Fresh processes, each of which starts nova-api and then loads the filter.
_STARTS = 5


def rows() -> list[Measured]:
    """Return the rows that need a nova."""
    measured = [_start()]
    folder = Path(tempfile.mkdtemp())
    with noise.ignored():
        # Before there are the other services, which nova-api does not have:
        # their threads take turns with what is measured.
        _configure(_made(folder / 'conf'))
        logging.disable()
        measured += map(measure.measured, _of_novas_code())
        logging.disable(logging.NOTSET)
        nova.conf.CONF.reset()
        with whole.WholeNova():
            # Each takes its own file's place.
            alone = pipelines.without_guard(_made(folder / 'alone'))
            guarded = pipelines.with_guard(
                _made(folder / 'guarded'),
                {},
                decision_log=str(folder / 'decisions.log'),
            )
            logging.disable()
            server = servers.seed(Client(alone)).active
            measured += map(
                measure.measured, _of_requests(alone, guarded, server)
            )
    return measured


def _configure(folder: Path) -> None:
    conf = folder / 'nova.conf'
    conf.touch()
    nova.conf.CONF([], project='nova', default_config_files=[str(conf)])


def _of_novas_code() -> Iterator[Row]:
    caller = _context()
    yield Row(
        'PUT of one parameter: the request side',
        "nova's schema validation and context.can() for it",
        inprocess.updating(
            inprocess.guard(inprocess.ok, response_redaction='off'), caller
        ),
        _novas_own(caller),
        1.0,
    )
    yield Row(
        'create of 10 KB: the request side',
        "nova's schema validation of it",
        inprocess.creating(
            inprocess.guard(inprocess.ok, response_redaction='off'), caller
        ),
        _novas_validation(),
        0.5,
    )
    yield Row(
        'the first answer to a caller (no verdict known)',
        "nova's context.can() once",
        redactions.first({}),
        _can(caller),
        2.0,
    )


def _of_requests(alone: Any, guarded: Any, server: str) -> Iterator[Row]:
    requesting = inprocess.environ('GET', '/v2.1/flavors', _context())
    passing = inprocess.guard(inprocess.ok)
    # A client that chooses a new name each time: nova writes it.
    updates = (
        Request('PUT', f'/servers/{server}', {'server': {'name': f'n{n}'}})
        for n in itertools.count()
    )
    yield Row(
        "a request that is not the guard's business, all of it",
        'nova for GET /flavors',
        lambda: passing(requesting, inprocess.started),
        _requesting(alone, itertools.repeat(Request('GET', '/flavors'))),
        0.001,
    )
    yield Row(
        'PUT through nova, with the guard',
        'nova alone',
        _requesting(guarded, updates),
        _requesting(alone, updates),
        1.01,
        turns=measure.TURNS,
    )


def _requesting(app: Any, requests: Iterator[Request]) -> Work:
    client = Client(app)

    def work() -> None:
        reply = client.send(next(requests), MEMBER)
        assert reply.status == 200, reply

    return work


def _novas_own(caller: Any) -> Work:
    validator = validators._SchemaValidator(schemas.update_v2104)
    can = _can(caller)

    def work() -> None:
        validator.validate({'server': {'name': 'new'}})
        can()

    return work


def _novas_validation() -> Work:
    validator = validators._SchemaValidator(schemas.create_v294)
    return lambda: validator.validate(documents.CREATE)


def _can(caller: Any) -> Work:
    rule = policies.SERVERS % 'update'
    target = {'user_id': caller.user_id, 'project_id': caller.project_id}
    return lambda: caller.can(rule, target)


def _context() -> Any:
    return context.RequestContext(
        user_id='u',
        project_id='p',
        roles=['member', 'reader'],
        overwrite=False,
    )


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


_STARTING = """
import time, warnings
from pathlib import Path
import sys
warnings.simplefilter('ignore')
began = time.perf_counter()
from tests.whole_nova import pipelines
import nova.conf
from nova import rpc
conf = Path(sys.argv[1], 'nova.conf')
conf.write_text('[DEFAULT]\\ntransport_url = fake:/\\n')
nova.conf.CONF([], project='nova', default_config_files=[str(conf)])
rpc.init(nova.conf.CONF)
pipelines.without_guard(Path(sys.argv[1]))
nova = time.perf_counter()
from nova_update_guard.deploy import filters
# Once for each of nova's two pipelines.
filters.update_guard({})
filters.update_guard({})
end = time.perf_counter()
print('took', nova - began, end - nova)
"""


def _start() -> Measured:
    """Return the time that the filter adds to nova's start."""
    ratios = []
    for _ in range(_STARTS):
        done = subprocess.run(
            [sys.executable, '-c', _STARTING, tempfile.mkdtemp()],
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r'took (\S+) (\S+)', done.stdout)
        assert found
        nova, guard = map(float, found.groups())
        ratios.append(guard / nova)
    return Measured(
        'import and load of the filter',
        "nova-api's own start",
        measure.spread(ratios),
        0.02,
    )
