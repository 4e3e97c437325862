"""A real Horizon in a real Chromium, without and with our module."""

import dataclasses
import json
import sys
from contextlib import ExitStack

import pytest

from nova_update_guard.report import findings
from tests.cloud.people import ADMIN
from tests.cloud.servers import RENAMED
from tests.cloud.state import state
from tests.horizon import install, site
from tests.horizon.browsing import Horizon
from tests.integration import chromium
from tests.integration.cloud_requests import name_of, said_since

pytestmark = pytest.mark.skipif(
    chromium.binary() is None, reason=chromium.INSTALL
)
UNNAMED = 'update_guard:server:update:name: "!"\n'
FORBIDDEN = 'update_guard:server:update:name'
UNABLE = 'Unable to modify instance'


@pytest.fixture(scope='module')
def horizon_python(pytestconfig):
    """A Python that has Horizon, installed in this run or an earlier one."""
    folder = state(pytestconfig.cache.mkdir('horizon'))
    return install.installed_python(folder, lambda _: None)


def decisions(state):
    return state.folder / 'decisions.log'


@pytest.fixture(scope='module')
def cloud(seed, tmp_path_factory):
    folder = seed(tmp_path_factory.mktemp('horizon'))
    chosen = site.settings()
    more = f'{chosen.guard_conf}\ndecision_log = {decisions(folder)}\n'
    chosen = dataclasses.replace(chosen, guard_conf=more)
    with site.cloud(sys.executable, folder, chosen, lambda _: None) as cloud:
        yield cloud


@pytest.fixture(scope='module')
def opened(horizon_python, cloud, tmp_path_factory):
    """Return a function: a Horizon with a module in a browser, made once."""
    made = {}
    with ExitStack() as stack:

        def opened(module):
            if module not in made:
                service = stack.enter_context(
                    site.horizon(horizon_python, cloud, module)
                )
                folder = tmp_path_factory.mktemp('chromium')
                browser = stack.enter_context(chromium.browser(folder))
                url = service.url.removesuffix(site.LOGIN)
                made[module] = Horizon(browser, url)
            return made[module]

        yield opened


@pytest.fixture
def edited(cloud, opened):
    """Return a function that edits; it returns all that is seen of it."""

    def edited(policy='', module=site.MODULE, **values):
        horizon = opened(module)
        cloud.write_policy(policy)
        start = cloud.log('standin').stat().st_size
        messages = ' '.join(horizon.edit(**values))
        ports = 'PUT /network/v2.0/ports' in said_since(
            cloud.log('standin'), start
        )
        field = next(iter(values))
        return messages, horizon.typed(field), ports

    yield edited
    cloud.write_policy('')
    old = {'server': {'name': RENAMED.name}}
    cloud.send(ADMIN, 'PUT', f'/servers/{RENAMED.id}', old)


def test_without_the_module_nobody_learns_why_and_the_groups_are_set(edited):
    messages, typed, groups_were_set = edited(UNNAMED, None, name='renamed')

    assert UNABLE in messages
    assert FORBIDDEN not in messages
    assert typed is None
    assert groups_were_set


def test_with_the_module_the_form_says_why_and_nothing_more_is_done(
    edited, cloud
):
    messages, typed, groups_were_set = edited(UNNAMED, name='renamed')

    assert FORBIDDEN in messages
    assert 'HTTP 403' in messages
    assert UNABLE not in messages
    assert typed == 'renamed'
    assert not groups_were_set
    assert name_of(cloud) == RENAMED.name


def test_horizon_calls_itself_by_its_library(edited, cloud):
    edited(UNNAMED, name='renamed')

    last = decisions(cloud.state).read_bytes().splitlines()[-1]
    assert json.loads(last)['client'] == findings.NOVACLIENT


def test_what_the_user_typed_is_text_in_the_message(edited, opened):
    description = '<img id=taken src=x>\a'

    messages, typed, _ = edited(description=description)

    assert '<img id=taken' in messages
    assert 'HTTP 400' in messages
    assert typed == description
    browser = opened(site.MODULE).browser
    assert not browser.send("document.querySelectorAll('#taken').length")


def test_a_change_that_is_allowed_is_made_and_so_is_the_next_step(
    edited, cloud
):
    messages, typed, groups_were_set = edited(name='renamed')

    assert 'Modified instance "renamed"' in messages
    assert typed is None
    assert groups_were_set
    assert name_of(cloud) == 'renamed'
