"""The warnings of the start inside a real nova-api."""

import pytest

from tests.cloud.settings import Settings
from tests.integration.cloud_requests import said_since

EXTENDED = 'os_compute_api:os-extended-server-attributes'
SHOW = 'update_guard:server:show:'
SPECS = 'os_compute_api:servers:show:flavor-extra-specs'
STATUS = 'os_compute_api:servers:show:host_status'


@pytest.fixture
def warned(running_cloud, tmp_path):
    """Return the warnings about nova's policy at a start with these two."""

    def warned(novas, ours=''):
        file = tmp_path / 'nova-policy.yaml'
        file.write_text(novas)
        start = running_cloud.log('nova').stat().st_size
        running_cloud.restart_nova(
            Settings(
                nova_conf=f'[oslo_policy]\npolicy_file = {file}\n',
                policy=ours,
            )
        )
        return [
            line.partition("nova's policy ")[2]
            for line in said_since(
                running_cloud.log('nova'), start
            ).splitlines()
            if "nova's policy " in line
        ]

    return warned


def test_with_the_default_policy_of_nova_the_start_names_nothing(warned):
    assert warned('# nothing\n') == []


def test_the_start_names_attributes_that_nova_shows_and_the_guard_hides(
    warned,
):
    said = warned(
        f'"{EXTENDED}": "role:admin or role:auditor"\n'
        f'"{STATUS}": "role:admin or role:reader"\n'
        f'"{STATUS}:unknown-only": "role:admin or role:member"\n'
        f'"{SPECS}": "@"\n',
        f'{SHOW}flavor.extra_specs: "!"\n'
        f'{SHOW}OS-EXT-SRV-ATTR:host: role:admin or role:auditor\n',
    )

    extended, status, unknown, specs = sorted(said)
    assert extended.startswith(f'{EXTENDED} shows ')
    assert 'to auditor;' in extended
    assert 'OS-EXT-SRV-ATTR:user_data' in extended
    assert 'OS-EXT-SRV-ATTR:host,' not in extended
    assert sorted([status, unknown, specs]) == sorted(said[1:])
    assert [line for line in said if line.startswith(f'{STATUS} shows')]
    (specs,) = [line for line in said if line.startswith(SPECS)]
    assert 'admin, manager, member, reader, service' in specs


def test_the_start_names_who_may_update_in_nova_and_not_here(warned):
    (said,) = warned(
        '"os_compute_api:servers:update": "rule:admin_or_owner"\n'
    )

    assert said.startswith(
        'os_compute_api:servers:update lets reader, service, any other role '
        'change name, '
    )


def test_the_start_names_administrators_that_differ(warned):
    (said,) = warned('"context_is_admin": "role:admin or role:cloud_admin"\n')

    assert said.startswith('context_is_admin makes administrators of cloud_a')


def test_attributes_that_both_show_are_not_named(warned):
    said = warned(
        f'"{EXTENDED}": "role:admin or role:auditor"\n',
        ''.join(
            f'{SHOW}OS-EXT-SRV-ATTR:{name}: role:admin or role:auditor\n'
            for name in (
                *('host', 'hypervisor_hostname', 'instance_name'),
                *('kernel_id', 'launch_index', 'ramdisk_id', 'user_data'),
                *('reservation_id', 'root_device_name'),
                'hostname:before-2.90',
            )
        ),
    )

    assert said == []
