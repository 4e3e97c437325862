"""Where a marked value may be, and why."""

import json
import re
from typing import NamedTuple
from urllib.parse import unquote_plus

from tests.canary.marks import Mark
from tests.canary.recorded import Recorded


class Exempt(NamedTuple):
    """The *attributes*, all if none is named, may be shown at *routes*."""

    routes: str
    attributes: tuple[str, ...]
    reason: str


HOST = 'OS-EXT-SRV-ATTR:host'
NODE = 'OS-EXT-SRV-ATTR:hypervisor_hostname'
VOLUMES = 'os-extended-volumes:volumes_attached'
ZONE = 'OS-EXT-AZ:availability_zone'

EXEMPT = (
    Exempt(
        '/flavors.*',
        ('flavor', 'flavor.extra_specs'),
        'flavors themselves: no server is named',
    ),
    Exempt(
        '/images.*',
        ('image', 'image.properties', 'OS-DCF:diskConfig'),
        'images themselves: no server is named',
    ),
    Exempt(
        '/os-keypairs.*',
        ('key_name', 'user_id'),
        'key pairs themselves: no server is named',
    ),
    Exempt(
        '/os-availability-zone.*',
        (ZONE, HOST),
        'zones and hosts of the cloud: no server is named',
    ),
    Exempt(
        '/os-aggregates.*',
        (ZONE, HOST),
        'aggregates and their hosts: no server is named',
    ),
    Exempt(
        '/os-hosts.*',
        (ZONE, HOST, 'tenant_id'),
        'hosts, and totals by project: no server is named',
    ),
    Exempt(
        '/os-services.*',
        (ZONE, HOST),
        'services and their hosts: no server is named',
    ),
    Exempt(
        '/os-hypervisors.*',
        (HOST, NODE),
        'hypervisors themselves: their servers are hidden',
    ),
    Exempt(
        '/os-instance_usage_audit_log.*',
        (HOST,),
        'hosts of the cloud: no server is named',
    ),
    Exempt(
        '/os-volumes.*',
        (VOLUMES,),
        'volumes themselves: their servers are hidden',
    ),
    Exempt(
        '/servers/{server_id}/os-security-groups',
        ('tenant_id',),
        "the groups' own project, as neutron has it",
    ),
    Exempt(
        '/os-quota-sets.*', ('tenant_id',), 'the project is in the request'
    ),
)


def reason(mark: Mark, recorded: Recorded, value: str) -> str:
    """Return why *value*, which holds *mark*, may be shown, or ''."""
    if mark.text and mark.text in _request(recorded):
        return 'the request brought it'
    for exempt in EXEMPT:
        if (
            mark.text
            and re.fullmatch(exempt.routes, recorded.route)
            and mark.attributes[0] in exempt.attributes
        ):
            return exempt.reason
    return ''


def _request(recorded: Recorded) -> str:
    """Return all that the client sent, and who the caller is."""
    request = recorded.request
    return ' '.join(
        [
            unquote_plus(request.path),
            json.dumps(request.body),
            *recorded.caller.headers.values(),
        ]
    )
