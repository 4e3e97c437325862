"""The callers that are tried when nova's rules are compared."""

import pytest

from nova_update_guard.deploy.told_apart import samples
from nova_update_guard.policy.callers import KEYSTONE_ROLES, Named


@pytest.mark.parametrize(
    ('roles', 'largest'), [(1, 1), (7, 7), (15, 2), (16, 1), (300, 1)]
)
def test_more_roles_are_tried_in_smaller_sets(roles, largest):
    named = Named([f'r{number}' for number in range(roles)], [])
    sizes = [len(sample.atoms) for sample in samples(named)]

    # Besides keystone's roles, and those of the system scope.
    assert len(sizes) - 2 * len(KEYSTONE_ROLES) <= max(128, roles + 1)
    assert max(sizes[2 * len(KEYSTONE_ROLES) + 1 :]) == largest
