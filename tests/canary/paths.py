"""What stands for the parts of a route, and the queries that show more."""

from nova.tests.fixtures import NeutronFixture

from tests.canary.marks import PROJECT
from tests.canary.seed import (
    FLAVOR,
    IMAGE,
    NETWORK,
    PORT,
    VOLUME,
    Seeded,
)

SECURITY_GROUP_ID = NeutronFixture.security_group['id']
NOBODY = 'ca0a7700-0000-4000-8000-00000000ffff'


def paths(route: str, seeded: Seeded) -> list[str]:
    """Return the paths that are asked for at *route*."""
    servers = (seeded.rich, seeded.odd, seeded.locked, seeded.failed)
    if '{server_id}' in route:
        routes = [route.replace('{server_id}', seeded.rich)]
    else:
        routes = [route]
    if route in ('/servers/{id}', '/os-volumes_boot/{id}', '/os-fping/{id}'):
        return [route.replace('{id}', one) for one in servers]
    ids = _ids(seeded).get(route, NOBODY)
    return [
        path.replace('{id}', str(ids))
        .replace('{flavor_id}', FLAVOR)
        .replace('{image_id}', IMAGE)
        for path in routes
    ] + list(QUERIES.get(route, ()))


def _ids(seeded: Seeded) -> dict[str, object]:
    of = '/servers/{server_id}'
    return {
        '/flavors/{id}': FLAVOR,
        '/flavors/{flavor_id}/os-extra_specs/{id}': 'canary:canary-spec',
        '/images/{id}': IMAGE,
        '/images/{image_id}/metadata/{id}': 'os_distro',
        '/os-aggregates/{id}': 1,
        '/os-hosts/{id}': 'canary-host',
        '/os-hypervisors/{id}': 1,
        '/os-hypervisors/{id}/search': 'canary-node',
        '/os-hypervisors/{id}/servers': 'canary-node',
        '/os-hypervisors/{id}/uptime': 1,
        '/os-instance_usage_audit_log/{id}': '2030-01-01%2000:00:00',
        '/os-keypairs/{id}': 'canary-key?user_id=member-id',
        '/os-networks/{id}': NETWORK,
        '/os-quota-class-sets/{id}': 'default',
        '/os-server-groups/{id}': seeded.group,
        '/os-simple-tenant-usage/{id}': f'{PROJECT}{PERIOD}',
        '/os-quota-sets/{id}': PROJECT,
        '/os-quota-sets/{id}/detail': PROJECT,
        '/os-quota-sets/{id}/defaults': PROJECT,
        '/os-volumes/{id}': VOLUME,
        '/os-console-auth-tokens/{id}': seeded.token,
        '/os-floating-ips/{id}': NOBODY,
        '/extensions/{id}': 'os-consoles',
        '/os-security-groups/{id}': SECURITY_GROUP_ID,
        f'{of}/ips/{{id}}': 'private',
        f'{of}/metadata/{{id}}': 'canary-metadata-key',
        f'{of}/tags/{{id}}': 'canary-tag',
        f'{of}/migrations/{{id}}': seeded.migration,
        f'{of}/os-instance-actions/{{id}}': seeded.request,
        f'{of}/os-interface/{{id}}': PORT,
        f'{of}/os-volume_attachments/{{id}}': VOLUME,
    }


PERIOD = '?start=2000-01-01T00:00:00&end=2035-01-01T00:00:00'

# Queries that show more.
QUERIES = {
    '/servers': ('/servers?all_tenants=1', '/servers?limit=1&all_tenants=1'),
    '/servers/detail': (
        '/servers/detail?all_tenants=1',
        '/servers/detail?limit=1&all_tenants=1',
        '/servers/detail?changes-since=2000-01-01T00:00:00Z&all_tenants=1',
    ),
    '/os-simple-tenant-usage': (
        f'/os-simple-tenant-usage{PERIOD}&detailed=1',
        f'/os-simple-tenant-usage{PERIOD}&detailed=1&limit=1',
        f'/os-simple-tenant-usage{PERIOD}',
    ),
    '/os-simple-tenant-usage/{id}': (
        f'/os-simple-tenant-usage/{PROJECT}{PERIOD}&limit=1',
    ),
    '/os-server-groups': ('/os-server-groups?all_projects=1',),
    '/os-hypervisors': (
        '/os-hypervisors?with_servers=1',
        '/os-hypervisors?with_servers=1&hypervisor_hostname_pattern=canary',
    ),
    '/os-hypervisors/detail': (
        '/os-hypervisors/detail?with_servers=1',
        '/os-hypervisors/detail?with_servers=1&limit=1',
    ),
    '/os-hypervisors/{id}': ('/os-hypervisors/1?with_servers=1',),
    '/os-migrations': (
        '/os-migrations?limit=1',
        '/os-migrations?host=canary-host',
        '/os-migrations?status=running',
    ),
    '/os-keypairs': ('/os-keypairs?user_id=member-id',),
    '/limits': (f'/limits?tenant_id={PROJECT}',),
}
