"""Which view of a server a caller gets, and which are shared."""

import gc

from nova_update_guard.compute_api.microversions import MAX, MIN, Version
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.layers.redaction import view_at
from nova_update_guard.middleware import views
from nova_update_guard.middleware.responses import Response
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules

SHOW = 'update_guard:server:show:'
MEMBER = {'roles': ['member', 'reader'], 'project_id': 'p1'}


def test_callers_with_equal_rights_share_one_view():
    rules, kept = Rules(Checks({}), 'r'), Views(None)

    def view(creds, version):
        return kept.at(version, rules.caller(creds))

    mine = view(MEMBER, MAX)
    assert mine is view({**MEMBER, 'project_id': 'p2'}, MAX)
    assert mine is not view({**MEMBER, 'roles': ['admin']}, MAX)
    assert mine is not view(MEMBER, MIN)


def test_callers_of_other_rules_do_not_share_a_view():
    """After a reload the same creds are another caller."""
    kept = Views(None)
    before = Rules(Checks({f'{SHOW}name': '@'}), 'r1').caller(MEMBER)
    after = Rules(Checks({f'{SHOW}name': '!'}), 'r2').caller(MEMBER)

    assert kept.at(MAX, before) is not kept.at(MAX, after)


def test_the_number_of_views_is_bounded(monkeypatch):
    monkeypatch.setattr(views, '_MAX_VIEWS', 4)
    rules, kept = (
        Rules(Checks({f'{SHOW}image': 'is_admin_project:1'}), 'r'),
        Views(None),
    )

    for n in range(3):
        caller = rules.caller({**MEMBER, 'is_admin_project': n})
        for minor in range(1, 30):
            kept.at(MIN._replace(minor=minor), caller)

    assert 0 < len(kept._views._kept) <= 4


def test_views_of_a_caller_go_with_it():
    rules, kept = Rules(Checks({}), 'r'), Views(None)
    kept.at(MAX, rules.caller(MEMBER))

    del rules
    gc.collect()

    assert not kept._by_caller


def test_views_do_not_grow_with_the_requested_versions():
    caller, kept = Rules(Checks({}), 'r').caller(MEMBER), Views(None)

    different = {id(kept.at(Version(2, n), caller)) for n in range(1, 5000)}

    assert len(different) == len({row.since for row in SERVER_ATTRIBUTES})


def test_there_is_no_view_where_nothing_is_redacted():
    member = Rules(Checks({}), 'r').caller(MEMBER)
    everything = Rules(Checks(dict.fromkeys(_visible(), '@')), 'r')
    kept = Views(None)

    assert kept.of(Response('200 OK', [], []), member)
    assert not kept.of(Response('404 Not Found', [], []), member)
    assert not kept.of(Response('200 OK', [], []), everything.caller(MEMBER))


def test_a_view_knows_a_caller_who_sees_everything():
    assert view_at(MAX, lambda rule: True).sees_all
    assert not view_at(MAX, lambda rule: None).sees_all
    assert not view_at(
        MAX, lambda rule: rule != f'{SHOW}fault.details'
    ).sees_all


def _visible():
    return [f'{SHOW}unlisted', *(row.rule for row in SERVER_ATTRIBUTES)]
