"""Why routes of nova, and keys of its places, need no row."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nova.api.openstack.compute.routes import ROUTE_LIST


class Reason(NamedTuple):
    """Why *routes*, a regular expression, show no value of a server."""

    routes: str
    reason: str


NO_SERVER = 'it names no server'

ROUTES = (
    Reason(
        '/servers|/servers/detail|/servers/{id}',
        'server documents: the rows of SERVER_ATTRIBUTES',
    ),
    Reason('/os-volumes_boot.*', 'another name of the servers'),
    Reason(
        '/servers/{id}/action',
        'rows for adminPass; rebuild is a server document',
    ),
    Reason('/|/versions/{id}|/extensions|/extensions/{id}', NO_SERVER),
    Reason('/flavors.*|/images.*|/os-keypairs.*', NO_SERVER),
    Reason('/limits|/os-quota-.*', 'totals of a project'),
    Reason(
        '/os-aggregates.*|/os-availability-zone.*|/os-hosts.*|/os-services.*',
        'the hosts of the cloud',
    ),
    Reason(
        '/os-hypervisors/statistics|/os-hypervisors/{id}/search'
        '|/os-hypervisors/{id}/uptime',
        'the hosts of the cloud',
    ),
    Reason('/os-instance_usage_audit_log.*', 'counts of servers by host'),
    Reason(
        '/os-networks.*|/os-tenant-networks.*|/os-floating-ip-pools'
        '|/os-security-group.*',
        "neutron's own: " + NO_SERVER,
    ),
    Reason(
        '/os-snapshots.*|/os-volumes|/os-assisted-volume-snapshots.*',
        "cinder's own: " + NO_SERVER,
    ),
    Reason('/os-floating-ips', 'a new one belongs to no server yet'),
    Reason('/os-baremetal-nodes.*', "ironic's own: " + NO_SERVER),
    Reason('/os-fixed-ips/{id}/action', 'nova removed it'),
    Reason('/os-server-external-events', 'the events that were sent'),
    Reason(
        '/servers/{server_id}/remote-consoles', 'a console, for guest data'
    ),
    Reason('/servers/{server_id}/shares.*', 'no attribute of a server'),
    Reason('/servers/{server_id}/migrations/{id}/action', 'it has no body'),
)


class Keys(NamedTuple):
    """Why *keys* of a place, by regular expression, show no attribute."""

    keys: str
    reason: str


KEYS = (
    Keys(r'(.*[_.])?links(\..*)?', 'links of the API'),
    Keys(
        r'(.*\.)?(uu)?id|.*\.(server|instance)_uuid|.*\.serverId'
        r'|.*\.instance_id|.*\.servers\.\*\.uuid',
        'ids have no rule',
    ),
    Keys(
        r'console\.(internal_access_path|port|tls_port)', "the console's own"
    ),
    Keys(r'floating_ips?(\.\*)?\.(ip|pool)', "the floating IP's own"),
    Keys(
        r'hypervisors?(\.\*)?\.(cpu_info|current_workload|disk_available_least'
        r'|free_disk_gb|free_ram_mb|host_ip|hypervisor_(hostname|type|version)'
        r'|local_gb(_used)?|memory_mb(_used)?|running_vms|service(\..*)?|state'
        r'|status|uptime|vcpus(_used)?)',
        "the hypervisor's own",
    ),
    Keys(
        r'migrations?(\.\*)?\.(created_at|updated_at|migration_type|status'
        r'|(disk|memory)_\w+_bytes)',
        "the migration's own",
    ),
    Keys(
        r'server_groups?(\.\*)?\.(metadata|name|policies|policy|rules(\..*)?)',
        "the group's own",
    ),
    Keys(r'POST server_group\.members', 'a new group has none'),
    Keys(r'tenant_usages?(\.\*)?\.(start|stop)', 'the period in question'),
    Keys(
        r'volumes?(\.\*)?\.(availabilityZone|createdAt|displayDescription'
        r'|displayName|metadata|size|snapshotId|status|volumeType)',
        "the volume's own",
    ),
    Keys(
        r'(cpu|disk|memory|nic)_details\..*\.?(id|time|utilisation|used'
        r'|\w+_(bytes|count|drop|errors|octets|packets|rate|requests))'
        r'|driver|hypervisor|hypervisor_os|num_disks|num_nics',
        'guest data, for administrators',
    ),
    Keys(
        r'instanceActions?(\.\*)?(\.events\.\*)?\.(action|event|request_id'
        r'|result|(updated|start|finish)_(at|time))',
        "the action's own",
    ),
    Keys(
        r'interfaceAttachment\.(port_id|port_state|tag|fixed_ips\..*)',
        'ids of ports; fixed_ips is hidden with what it holds',
    ),
    Keys(
        r'volumeAttachment\.(delete_on_termination|tag|volumeId)',
        'the request brought it',
    ),
)


class QueryKeys(NamedTuple):
    """Why *keys* in a place's query, behind its route, reveal no attribute."""

    keys: str
    reason: str


QUERY_KEYS = (
    QueryKeys(
        r'.*\?(limit|offset|marker)',
        'a part of the list; a marker is an id, which has no rule',
    ),
    QueryKeys(
        r'/os-migrations\?(status|migration_type|changes-(since|before))',
        "the migration's own, which the place shows",
    ),
    QueryKeys(r'/os-migrations\?hidden', "the migration's own: it is deleted"),
    QueryKeys(r'/os-migrations\?instance_uuid', 'ids have no rule'),
    QueryKeys(
        r'.*/os-instance-actions\?changes-(since|before)',
        "the action's own, which the place shows",
    ),
    QueryKeys(
        r'/os-hypervisors.*\?hypervisor_hostname_pattern',
        "the hypervisor's own, which the place shows; with its servers, it "
        'shows those of which the host is shown',
    ),
    QueryKeys(
        r'/os-hypervisors.*\?with_servers'
        r'|/os-simple-tenant-usage\?detailed',
        'more of the document, which the rows are of',
    ),
    QueryKeys(
        r'/os-server-groups\?all_projects',
        "for administrators; without it, the list is of the caller's own",
    ),
)


class Unreached(NamedTuple):
    """Why no request for *cases* succeeds in the walk.

    Each is a method, nova's route and the action, if there is one.
    """

    cases: str
    reason: str


UNREACHED = (
    Unreached('DELETE .*', 'nova responds without a body'),
    Unreached(
        '(PUT|POST) /(flavors|images|os-keypairs|os-quota).*', NO_SERVER
    ),
    Unreached(
        '(PUT|POST) /os-(aggregates|agents|services|hosts|networks'
        '|tenant-networks|security-group|snapshots|volumes|floating-ips'
        '|baremetal-nodes|fixed-ips).*',
        NO_SERVER,
    ),
    Unreached('GET /flavors/{flavor_id}/os-flavor-access', NO_SERVER),
    Unreached(
        'GET /os-(baremetal-nodes|snapshots|security-groups'
        '|tenant-networks)(/.*)?',
        'the fixtures have none',
    ),
    Unreached(
        'GET /os-hosts/{id}/.*|GET /os-hypervisors/{id}/uptime',
        'the hypervisor that pretends has none of it',
    ),
    Unreached('GET /versions/{id}|GET /', 'the guard does not see it'),
    Unreached(
        'POST /os-assisted-volume-snapshots',
        'the hypervisor that pretends has none',
    ),
    Unreached(
        '(PUT|POST) /os-volumes_boot.*|GET /os-volumes_boot.*',
        'another name of the servers',
    ),
    Unreached(
        '(GET|POST) /servers/{server_id}/shares.*', 'the fixtures have none'
    ),
    Unreached(
        'POST /servers/{server_id}/migrations/{id}/action .*',
        'nova responds without a body',
    ),
    Unreached(
        'POST /servers/{id}/action (forceDelete|restore)',
        'nova responds without a body',
    ),
    Unreached(
        'POST /servers/{id}/action (add|remove)(Fixed|Floating)Ip'
        '|POST /servers/{id}/action os-get.*Console'
        '|POST /servers/{id}/action injectNetworkInfo',
        'newer versions have none: the whole walk sends it',
    ),
)


def unreached(reached: Iterable[str]) -> list[str]:
    """Return the cases of nova that are not in *reached*, without reason."""
    return [
        case
        for case in cases()
        if case not in reached
        and not any(re.fullmatch(one.cases, case) for one in UNREACHED)
    ]


def cases() -> Iterator[str]:
    """Yield all methods, routes and actions that nova has not removed."""
    for route, by_method in ROUTE_LIST:
        # A redirection is a mere text.
        if isinstance(by_method, str):
            continue
        for method, (make, name) in by_method.items():
            main, others = make.args
            found = {f'{method} {route}': getattr(main, name, None)}
            if name == 'action':
                found = {
                    f'{method} {route} {action}': getattr(controller, function)
                    for controller in (main, *others)
                    for action, function in controller.wsgi_actions.items()
                }
            for case, function in found.items():
                if not getattr(function, 'removed', False):
                    yield case
