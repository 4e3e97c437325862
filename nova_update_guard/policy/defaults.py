"""The documented defaults of all rules, made from the two tables."""

import json
from collections.abc import Iterable

from oslo_policy import policy

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.create_fields import CREATE_FIELDS_BY_NAME
from nova_update_guard.compute_api.server_attributes import (
    ADMIN,
    DROP,
    SERVER_ATTRIBUTES,
    Attribute,
)
from nova_update_guard.compute_api.update_fields import FIELDS_BY_NAME

MEMBER = f'{ADMIN} or role:member'

_UPDATE: list[policy.Operation] = [
    {'method': 'PUT', 'path': '/servers/{server_id}'}
]
_CREATE: list[policy.Operation] = [{'method': 'POST', 'path': '/servers'}]
_SHOW: list[policy.Operation] = [
    {'method': 'GET', 'path': '/servers/{server_id}'},
    {'method': 'GET', 'path': '/servers/detail'},
    {'method': 'GET', 'path': '/servers'},
    {'method': 'POST', 'path': '/servers'},
    {'method': 'PUT', 'path': '/servers/{server_id}'},
    {'method': 'POST', 'path': '/servers/{server_id}/action (rebuild)'},
]

_BASE = [
    policy.RuleDefault(
        'context_is_admin',
        'role:admin',
        'Who counts as an administrator. Keep it as it is in nova.',
    ),
    policy.DocumentedRuleDefault(
        server_attributes.UNLISTED,
        ADMIN,
        'See attributes, nested ones too, that this version of the guard '
        'does not know: those of a newer nova or of a vendor.',
        _SHOW,
    ),
    policy.DocumentedRuleDefault(
        server_attributes.UNKNOWN_ONLY,
        ADMIN,
        'See host_status when it is UNKNOWN, for callers who may not see it '
        'otherwise.',
        _SHOW,
    ),
]


def list_rules(
    extra_attributes: Iterable[str] = (),
) -> list[policy.RuleDefault]:
    """Return every rule with its default, for oslo.policy and its tools.

    *extra_attributes* are declared by the operator.
    """
    extra = server_attributes.declared(extra_attributes).values()
    return [
        *_BASE,
        *_updates(),
        *_creates(),
        *_shows((*SERVER_ATTRIBUTES, *extra)),
    ]


def _updates() -> list[policy.RuleDefault]:
    return [
        policy.DocumentedRuleDefault(
            row.rule, MEMBER, f'Change {name} of a server.', _setting(name)
        )
        for name, row in sorted(FIELDS_BY_NAME.items())
    ]


def _creates() -> list[policy.RuleDefault]:
    return [
        policy.DocumentedRuleDefault(
            row.rule, '@', f'Choose {name} of a new server.', _CREATE
        )
        for name, row in sorted(CREATE_FIELDS_BY_NAME.items())
    ]


def _setting(name: str) -> list[policy.Operation]:
    """Return the requests that set the field *name*."""
    actions = [row.action for row in ACTION_FIELDS if row.field == name]
    return _UPDATE + [
        {'method': 'POST', 'path': f'/servers/{{server_id}}/action ({action})'}
        for action in dict.fromkeys(actions)
    ]


def _shows(rows: Iterable[Attribute]) -> list[policy.RuleDefault]:
    lasts = {row.rule: row for row in rows}
    return [
        policy.DocumentedRuleDefault(rule, row.default, _about(row), _SHOW)
        for rule, row in sorted(lasts.items())
    ]


# What the name alone does not say.
_NOTES = {
    'OS-EXT-SRV-ATTR:user_data': 'in all responses but that of rebuild',
    'adminPass': 'in the responses of create and rebuild',
    'image': 'which is also "" for a server that boots from a volume',
    'user_data': 'in the response of rebuild',
}


def _about(row: Attribute) -> str:
    hidden = row.hidden
    instead = 'nothing' if hidden is DROP else json.dumps(hidden)
    until = row.until.replace(':before-', ' before microversion ')
    note = f', {_NOTES[row.name]}' if row.name in _NOTES else ''
    objection = ''
    if where := server_attributes.REQUIRED.get(row.name):
        objection = f', which strict clients (Tempest) reject {where}'
    return (
        f'See {row.name} of a server{until}{note}. '
        f'Others see {instead} in its place{objection}.'
    )
