"""Each kind of difference between nova's rules and the guard's is told."""

import itertools
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from nova import policy
from nova.context import RequestContext

from nova_update_guard.deploy import rule_differences
from nova_update_guard.deploy.rule_pairs import PAIRS
from nova_update_guard.layers.modes import (
    FIELD_POLICY,
    LAYERS,
    RESPONSE_REDACTION,
)
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from tests.whole_nova.whole import WholeNova

Texts = Mapping[str, str]
Differences = Callable[..., list[str]]

UPDATE = 'os_compute_api:servers:update'
REBUILD = 'os_compute_api:servers:rebuild'
RESIZE = 'os_compute_api:servers:resize'
UNSHELVE = 'os_compute_api:os-shelve:unshelve'
EXTENDED = 'os_compute_api:os-extended-server-attributes'
SPECS = 'os_compute_api:servers:show:flavor-extra-specs'
NAME = 'update_guard:server:update:name'
SHOW_HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'


@pytest.fixture
def differences(
    nova: WholeNova, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Differences:
    """Return the messages about rules of nova's file and of the guard's."""

    def differences(
        novas: Texts,
        ours: Texts,
        layers: tuple[str, ...] = LAYERS,
        checks_actions: bool = True,
    ) -> list[str]:
        file = tmp_path / 'policy.yaml'
        file.write_text(yaml.safe_dump(dict(novas)))
        monkeypatch.setattr(policy, '_ENFORCER', None)
        policy.init(policy_file=str(file), suppress_deprecation_warnings=True)
        rules = Rules(Checks(ours), '')
        return rule_differences.differences(rules, layers, checks_actions)

    return differences


def test_with_the_defaults_of_both_nothing_differs(
    differences: Differences,
) -> None:
    assert differences({}, {}) == []


@pytest.mark.parametrize(
    ('novas', 'ours', 'said'),
    [
        (
            {'context_is_admin': 'role:cloud_admin'},
            {},
            [
                "nova's policy context_is_admin makes administrators of "
                'cloud_admin;',
                "the guard's context_is_admin makes administrators of admin;",
            ],
        ),
        (
            {'context_is_admin': 'role:admin or role:cloud_admin'},
            {},
            ["nova's policy context_is_admin makes administrators of cloud_a"],
        ),
        (
            {},
            {'context_is_admin': 'role:admin or role:cloud_admin'},
            ["the guard's context_is_admin makes administrators of cloud_adm"],
        ),
        (
            {'support': 'role:support', EXTENDED: 'rule:support'},
            {SHOW_HOST: 'role:support'},
            [
                f"nova's policy {EXTENDED} shows "
                'OS-EXT-SRV-ATTR:hypervisor_hostname, '
            ],
        ),
        (
            {UPDATE: 'rule:admin_or_owner'},
            {},
            [
                f"nova's policy {UPDATE} lets reader, service, any other role "
                'change name, '
            ],
        ),
        (
            dict.fromkeys((UPDATE, REBUILD, RESIZE, UNSHELVE), 'role:x'),
            {},
            [
                f"nova's policy {UPDATE} lets x change name, ",
                f"nova's policy {REBUILD} lets x change name, ",
                f"nova's policy {RESIZE} lets x change OS-DCF:diskConfig;",
                f"nova's policy {UNSHELVE} lets x change pinned_availability_",
            ],
        ),
        (
            {UPDATE: 'role:a and role:b'},
            {NAME: 'role:a and not role:c'},
            [f"nova's policy {UPDATE} lets a with b with c change name; a wi"],
        ),
        (
            {UPDATE: 'user_domain_id:d and project_id:%(project_id)s'},
            {},
            [f"nova's policy {UPDATE} lets user_domain_id:d change "],
        ),
        (
            {UPDATE: 'role:member'},
            {NAME: 'role:member and user_id:%(user_id)s'},
            [f"nova's policy {UPDATE} lets admin, manager, member change na"],
        ),
        (
            {UPDATE: 'rule:loop', 'loop': f'rule:{UPDATE}'},
            {},
            ["these policies of nova's could not be compared with the guard'"],
        ),
        (
            {UPDATE: 'http://localhost:1/'},
            {},
            ["these policies of nova's could not be compared with the guard'"],
        ),
        (
            {'is_admin': 'is_admin:True', UPDATE: 'rule:is_admin or role:x'},
            {},
            [f"nova's policy {UPDATE} lets x change name, "],
        ),
    ],
)
def test_each_kind_of_difference_is_one_message(
    differences: Differences, novas: Texts, ours: Texts, said: list[str]
) -> None:
    both = {REBUILD: '!'} if NAME in ours else {}

    found = differences(both | dict(novas), ours)

    assert len(found) == len(said), found
    assert [
        text[: len(start)] for text, start in zip(found, said, strict=True)
    ] == said


@pytest.mark.parametrize(
    'ours',
    [
        # It may still be allowed for some servers.
        {NAME: "'ACTIVE':%(server.status)s"},
        {NAME: 'http://localhost:1/'},
        {NAME: 'rule:context_is_admin or role:x or role:member'},
    ],
)
def test_what_may_be_allowed_is_no_difference(
    differences: Differences, ours: Texts
) -> None:
    assert differences({}, ours) == []


def test_only_layers_in_force_are_compared(differences: Differences) -> None:
    novas = dict.fromkeys((UPDATE, REBUILD, EXTENDED), 'role:x')

    (shown,) = differences(novas, {}, (RESPONSE_REDACTION,))
    (changed,) = differences(novas, {}, (FIELD_POLICY,), checks_actions=False)

    assert EXTENDED in shown
    assert UPDATE in changed


def test_many_roles_are_shortened(differences: Differences) -> None:
    many = ' or '.join(f'role:r{number:02}' for number in range(20))

    (said,) = differences({UPDATE: many}, {})

    assert 'r00, r01, r02, r03, r04, r05, r06, r07, 12 more change' in said


def test_of_generated_rules_none_that_differs_is_missed(
    differences: Differences,
) -> None:
    chance = random.Random(1)
    roles = ('admin', 'member', 'reader', 'x')
    for _ in range(60):
        novas, ours = (_text(chance, roles) for _ in range(2))
        found = differences({UPDATE: novas, REBUILD: '!'}, {NAME: ours})
        rules = Rules(Checks({NAME: ours}), '')

        differing = [
            held
            for size in range(5)
            for held in itertools.combinations((*roles, 'z'), size)
            if _differs(rules, held)
        ]

        is_told = any(' change name' in text for text in found)
        assert is_told == bool(differing), (novas, ours, differing)


def _text(
    chance: random.Random, roles: tuple[str, ...], depth: int = 2
) -> str:
    if not depth or chance.random() < 0.3:
        return chance.choice(
            [f'role:{chance.choice(roles)}', 'project_id:%(project_id)s']
        )
    match chance.randrange(3):
        case 0:
            return f'not {_text(chance, roles, 0)}'
        case one:
            word = ('and', 'or')[one - 1]
            parts = (_text(chance, roles, depth - 1) for _ in range(2))
            return f'({f" {word} ".join(parts)})'


def _differs(rules: Rules, roles: tuple[str, ...]) -> bool:
    context = RequestContext(
        user_id='u', project_id='p', roles=[*roles], overwrite=False
    )
    caller = rules.caller(dict(context.to_policy_values()))
    return any(
        context.can(
            UPDATE, {'project_id': project, 'user_id': 'u'}, fatal=False
        )
        and not caller.authorize(NAME, {'tenant_id': project, 'user_id': 'u'})
        for project in ('p', 'q')
        # nova finds no server of another project for others.
        if project == 'p' or context.is_admin
    )


def test_every_field_and_request_has_a_pair() -> None:
    assert {pair.nova for pair in PAIRS} >= {UPDATE, REBUILD, RESIZE, UNSHELVE}
