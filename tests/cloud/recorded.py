"""Requests that are none of the guard's business, or that it lets pass.

To be asked of nova and of a proxy before it, in this order, with the same
answers. A line is: who asks, the microversion (- for no header), the method,
the target as it is sent, and perhaps a body. None changes what another, or
the same when it comes again, is answered.

Two kinds are not here. Requests for servers that nobody has authenticated are
the guard's business: its 401 is not that of nova's authtoken. Dot segments
(/v2.1/./flavors) are resolved by uWSGI and not by gunicorn, whatever either
serves; the guard judges, and nova gets, what the server makes of them.
"""

from collections.abc import Iterator
from string import Template
from typing import NamedTuple

from tests.cloud.people import MEMBER, STRANGER
from tests.cloud.servers import (
    BUILDING,
    CRASHED,
    IMAGE,
    LOCKED,
    NETWORKS,
    RENAMED,
    SERVER_GROUP,
    THEIRS,
    made_up,
)

NOBODY = 'nobody'
FORGER = 'forger'

_WORDS = {
    'server': RENAMED.id,
    'act': f'/v2.1/servers/{RENAMED.id}/action',
    'building': BUILDING.id,
    'crashed': CRASHED.id,
    'locked': LOCKED.id,
    'theirs': THEIRS.id,
    'image': IMAGE['id'],
    'group': SERVER_GROUP,
    'network': NETWORKS['private'].id,
    'port': made_up('port', RENAMED.id, 'private'),
    'none': made_up('nothing'),
    # One byte more than nova reads.
    'big': '{"server": "' + 'a' * (114688 - 13) + '"}',
}

_DISCOVERY = """
nobody   -      GET     /
nobody   -      GET     /v2
nobody   -      GET     /v2/
nobody   -      GET     /v2.1
nobody   -      GET     /v2.1/
nobody   -      GET     /v2.1/?limit=1
nobody   -      GET     /v2.0
nobody   -      GET     /v3/
nobody   -      GET     /versions
nobody   -      GET     /nothing/of/nova
nobody   -      GET     /v2.1/versions/v2.1
nobody   2.90   GET     /
nobody   2.90   GET     /v2.1/
nobody   -      HEAD    /
nobody   -      HEAD    /v2.1/
nobody   -      OPTIONS /
nobody   -      OPTIONS /v2.1/
nobody   -      POST    /
nobody   -      PUT     /v2.1/
nobody   -      DELETE  /
"""

_READS = """
member   2.1    GET     /v2.1/servers
member   2.104  GET     /v2.1/servers
member   2.1    GET     /v2.1/servers/detail
member   2.104  GET     /v2.1/servers/detail
admin    2.104  GET     /v2.1/servers/detail?all_tenants=1
member   2.1    GET     /v2.1/servers/$server
member   2.104  GET     /v2.1/servers/$server
reader   2.90   GET     /v2.1/servers/$server
admin    2.104  GET     /v2.1/servers/$server
admin    latest GET     /v2.1/servers/$locked
member   2.50   GET     /v2.1/servers/$building
member   2.104  GET     /v2.1/servers/$crashed
member   -      GET     /v2/servers
member   2.90   GET     /v2/servers/detail
member   -      GET     /v2/servers/$server
member   2.1    GET     /v2.1/$project/servers
member   2.1    GET     /v2/$project/servers/$server
member   2.26   GET     /v2.1/servers/$server/tags
member   2.26   GET     /v2.1/servers/$server/tags/none
member   2.1    GET     /v2.1/servers/$server/metadata
member   2.1    GET     /v2.1/servers/$server/metadata/ha_enabled
member   2.1    GET     /v2.1/servers/$server/metadata/none
member   2.1    GET     /v2.1/servers/$server/ips
member   2.1    GET     /v2.1/servers/$server/ips/private
member   2.1    GET     /v2.1/servers/$server/os-interface
member   2.1    GET     /v2.1/servers/$server/os-interface/$port
member   2.1    GET     /v2.1/servers/$server/os-security-groups
member   2.1    GET     /v2.1/servers/$server/os-server-password
member   2.1    GET     /v2.1/servers/$server/os-volume_attachments
member   2.89   GET     /v2.1/servers/$server/os-volume_attachments
member   2.1    GET     /v2.1/servers/$server/os-instance-actions
admin    2.104  GET     /v2.1/servers/$server/os-instance-actions
member   2.23   GET     /v2.1/servers/$server/migrations
member   2.78   GET     /v2.1/servers/$server/topology
member   2.1    GET     /v2.1/servers/$server/os-virtual-interfaces
member   2.1    GET     /v2.1/servers/$server/consoles
member   2.97   GET     /v2.1/servers/$server/shares
member   2.1    GET     /v2.1/flavors
member   2.1    GET     /v2.1/flavors/detail
member   2.61   GET     /v2.1/flavors/detail
member   2.1    GET     /v2.1/flavors/100
member   2.104  GET     /v2.1/flavors/100
member   2.1    GET     /v2.1/flavors/100/os-extra_specs
admin    2.1    GET     /v2.1/flavors/100/os-flavor-access
member   2.1    GET     /v2.1/images
member   2.1    GET     /v2.1/images/detail
member   2.1    GET     /v2.1/images/$image
member   2.1    GET     /v2.1/images/$image/metadata
member   2.36   GET     /v2.1/images
member   2.1    GET     /v2.1/limits
member   2.57   GET     /v2.1/limits
admin    2.1    GET     /v2.1/os-aggregates
admin    2.1    GET     /v2.1/os-aggregates/1
admin    2.1    GET     /v2.1/os-agents
member   2.1    GET     /v2.1/os-availability-zone
admin    2.1    GET     /v2.1/os-availability-zone/detail
member   2.1    GET     /v2.1/os-cells
member   2.1    GET     /v2.1/os-cloudpipe
member   2.1    GET     /v2.1/os-floating-ips
member   2.1    GET     /v2.1/os-floating-ip-pools
member   2.1    GET     /v2.1/os-fping
admin    2.1    GET     /v2.1/os-hosts
admin    2.1    GET     /v2.1/os-hypervisors
admin    2.53   GET     /v2.1/os-hypervisors
admin    2.1    GET     /v2.1/os-hypervisors/statistics
member   2.1    GET     /v2.1/os-keypairs
member   2.104  GET     /v2.1/os-keypairs
member   2.1    GET     /v2.1/os-keypairs/none
admin    2.80   GET     /v2.1/os-migrations
member   2.1    GET     /v2.1/os-networks
member   2.1    GET     /v2.1/os-networks/$network
member   2.1    GET     /v2.1/os-quota-sets/$project
admin    2.1    GET     /v2.1/os-quota-sets/$project/detail
member   2.57   GET     /v2.1/os-quota-sets/$project/defaults
admin    2.1    GET     /v2.1/os-quota-class-sets/default
member   2.1    GET     /v2.1/os-security-groups
member   2.1    GET     /v2.1/os-server-groups
member   2.64   GET     /v2.1/os-server-groups/$group
admin    2.1    GET     /v2.1/os-services
admin    2.53   GET     /v2.1/os-services
member   2.1    GET     /v2.1/os-simple-tenant-usage/$project?$usage
member   2.1    GET     /v2.1/os-snapshots
member   2.1    GET     /v2.1/os-tenant-networks
member   2.1    GET     /v2.1/os-volumes
member   2.1    GET     /v2.1/extensions
member   2.1    GET     /v2.1/extensions/os-keypairs
member   2.1    GET     /v2.1/os-instance_usage_audit_log
"""

_FAULTS = """
member   2.1    GET     /v2.1/servers/$none
member   2.1    GET     /v2.1/servers/$theirs
stranger 2.1    GET     /v2.1/servers/$server
member   2.1    GET     /v2.1/servers/no-uuid
member   2.1    GET     /v2.1/flavors/none
member   2.1    GET     /v2.1/images/none
member   2.1    GET     /v2.1/nothing
member   2.1    GET     /v2.1/none/servers
member   2.1    GET     /v2.1/$other/servers
member   2.1    GET     /v2.1/os-services
member   2.1    GET     /v2.1/os-hypervisors
member   2.1    GET     /v2.1/os-quota-sets/$other
admin    2.103  GET     /v2.1/os-agents
member   2.102  GET     /v2.1/os-volumes_boot/none
member   2.9999 GET     /v2.1/flavors
member   1.0    GET     /v2.1/flavors
member   2.x    GET     /v2.1/flavors
member   2.01   GET     /v2.1/flavors
member   2.9999 GET     /v2/flavors
nobody   2.1    GET     /v2.1/flavors
nobody   2.1    GET     /v2.1/nothing
nobody   -      GET     /v2/flavors
nobody   2.1    POST    /v2.1/os-keypairs {"keypair": {}}
forger   2.1    GET     /v2.1/flavors/100
forger   2.1    PUT     /v2.1/os-quota-sets/$project {"quota_set": {}}
forger   2.1    DELETE  /v2.1/os-keypairs/none
forger   -      GET     /v2/flavors
"""

_METHODS = """
member   2.1    HEAD    /v2.1/servers
member   2.1    HEAD    /v2.1/servers/$server
member   2.1    HEAD    /v2.1/flavors
member   2.1    HEAD    /v2.1/nothing
member   2.1    OPTIONS /v2.1/servers
member   2.1    OPTIONS /v2.1/servers/$server
member   2.1    OPTIONS /v2.1/flavors
member   2.1    PATCH   /v2.1/servers/$server {"server": {"name": "a"}}
member   2.1    PATCH   /v2.1/flavors/100
member   2.1    TRACE   /v2.1/flavors
member   2.1    FLY     /v2.1/servers/$server
member   2.1    DELETE  /v2.1/servers
member   2.1    DELETE  /v2.1/servers/$none
member   2.1    DELETE  /v2.1/flavors/100
member   2.1    DELETE  /v2.1/servers/$server/metadata/none
member   2.1    DELETE  /v2.1/os-keypairs/none
member   2.26   DELETE  /v2.1/servers/$server/tags
member   2.1    PUT     /v2.1/servers
member   2.1    PUT     /v2.1/flavors/100 {"flavor": {}}
member   2.1    POST    /v2.1/servers/$server
member   2.1    POST    /v2.1/flavors
"""

_BODIES = """
member   2.1    POST    /v2.1/servers {"server": {"name": "a"}}
member   2.1    POST    /v2.1/servers/$server/metadata {"server": 1}
member   2.1    POST    /v2.1/servers/$server/metadata {"server": {
member   2.1    POST    /v2.1/servers/$server/metadata []
member   2.1    POST    /v2.1/servers/$server/metadata $big
member   2.1    POST    /v2.1/os-keypairs $big
member   2.1    POST    /v2.1/servers/$server/action {"lock": null}
member   2.73   POST    /v2.1/servers/$server/action {"lock": {}}
member   2.1    POST    /v2.1/servers/$server/action {"unlock": null}
member   2.1    POST    /v2.1/servers/$server/action {"fly": null}
member   2.1    POST    /v2.1/servers/$server/action {"lock": null, "a": 1}
member   2.1    POST    /v2.1/servers/$server/action
reader   2.1    POST    /v2.1/servers/$server/action {"lock": null}
stranger 2.1    POST    /v2.1/servers/$server/action {"lock": null}
member   2.1    POST    /v2.1/servers/$theirs/action {"lock": null}
member   2.1    PUT     /v2.1/servers/$server/metadata/a {"meta": {"a": "b"}}
member   2.1    PUT     /v2.1/servers/$server/metadata/a {"meta": {"b": "b"}}
member   2.1    PUT     /v2.1/servers/$server/metadata {"metadata": {"é": "ü"}}
member   2.1    POST    /v2.1/servers/$server/metadata {"metadata": {"c": "d"}}
reader   2.1    POST    /v2.1/servers/$server/metadata {"metadata": {"c": "d"}}
member   2.26   PUT     /v2.1/servers/$server/tags {"tags": ["one", "two"]}
member   2.26   PUT     /v2.1/servers/$server/tags {"tags": ["a,b"]}
member   2.26   PUT     /v2.1/servers/$server/tags/one
admin    2.1    PUT     /v2.1/os-quota-sets/$project {"quota_set": {"ram": 9}}
member   2.1    PUT     /v2.1/os-quota-sets/$project {"quota_set": {"ram": 9}}
member   2.1    POST    /v2.1/os-keypairs {"keypair": {"name": ""}}
member   2.1    POST    /v2.1/os-keypairs {"keypair": {"name": "€"}}
member   2.1    POST    /v2.1/os-server-groups {"server_group": {"name": "a"}}
member   2.1    POST    /v2.1/flavors {"flavor": {"name": "a"}}
admin    2.1    POST    /v2.1/flavors {"flavor": {"name": "a"}}
member   -      POST    /v2/servers {"server": {"name": "a"}}
"""

_QUERIES = """
member   2.1    GET     /v2.1/servers?
member   2.1    GET     /v2.1/servers?limit=1
member   2.1    GET     /v2.1/servers?limit=-1
member   2.1    GET     /v2.1/servers?limit=1&limit=2
member   2.1    GET     /v2.1/servers?limit=1&marker=$server
member   2.1    GET     /v2.1/servers?marker=$none
member   2.1    GET     /v2.1/servers/detail?limit=2&sort_key=display_name
member   2.1    GET     /v2.1/servers?sort_key=created_at
member   2.90   GET     /v2.1/servers?sort_key=display_name&sort_key=nothing
member   2.75   GET     /v2.1/servers?nothing=1
member   2.1    GET     /v2.1/servers?status=ACTIVE&name=vm1
member   2.1    GET     /v2.1/servers?name=%5Evm
member   2.1    GET     /v2.1/servers?name=%C3%A9
member   2.1    GET     /v2.1/servers?name=a+b%20c
member   2.1    GET     /v2.1/servers?name=[
member   2.1    GET     /v2.1/servers?all_tenants=1
member   2.26   GET     /v2.1/servers?tags=a,b
member   2.66   GET     /v2.1/servers?changes-before=2001-01-01
member   2.66   GET     /v2.1/servers?changes-since=nothing
member   2.1    GET     /v2.1/servers?nothing=1;limit=1
member   2.1    GET     /v2.1/flavors?minRam=1&is_public=None
member   2.1    GET     /v2.1/flavors?limit=a
member   2.1    GET     /v2.1/flavors?%00=%00
member   2.1    GET     /v2.1/limits?reserved=1&tenant_id=$other
admin    2.1    GET     /v2.1/limits?tenant_id=$project
"""

# What a guard that acts would refuse, with a policy that lets nobody do or see
# anything; and nova answers always in the same way.
_CHECKED = """
member   2.1    PUT     /v2.1/servers/$server {"server": {}}
member   2.104  PUT     /v2.1/servers/$server  {"server":  {} }
member   2.1    PUT     /v2.1/servers/$server {"server": {}, "server": {}}
member   2.1    PUT     /v2.1/servers/$server {"server": {"name": ""}}
member   2.1    PUT     /v2.1/servers/$server {"server": {"nothing": 1}}
member   2.1    PUT     /v2.1/servers/$server {"server": {"hostname": "a"}}
member   2.1    PUT     /v2.1/servers/$server {"server": {"name": NaN}}
member   2.1    PUT     /v2.1/servers/$server {"server": []}
member   2.1    PUT     /v2.1/servers/$server {"server": {}, "a": 1}
member   2.1    PUT     /v2.1/servers/$server {"server"
member   2.1    PUT     /v2.1/servers/$server []
member   2.1    PUT     /v2.1/servers/$server
member   2.1    PUT     /v2.1/servers/$server $big
member   2.x    PUT     /v2.1/servers/$server {"server": {}}
member   2.9999 PUT     /v2.1/servers/$server {"server": {}}
member   2.1    PUT     /v2.1/servers/$none {"server": {"name": "a"}}
member   2.1    PUT     /v2.1/servers/$theirs {"server": {"name": "a"}}
stranger 2.1    PUT     /v2.1/servers/$server {"server": {"name": "a"}}
reader   2.1    PUT     /v2.1/servers/$server {"server": {"name": "a"}}
member   2.1    PUT     /v2.1/%73ervers/$server {"server": {}}
member   2.1    PUT     /v2.1/os-volumes_boot/$server {"server": {}}
member   -      PUT     /v2/servers/$server {"server": {"nothing": 1}}
nobody   2.1    PUT     /v2.1/servers/$server {"server": {"name": "a"}}
forger   2.1    PUT     /v2.1/servers/$server {"server": {"name": "a"}}
nobody   2.1    GET     /v2.1/servers
forger   2.1    GET     /v2.1/servers/detail
nobody   2.1    GET     /v2.1/servers/$server/action
member   2.1    PUT     /v2.1/servers/$server?_method=GET {"server": {}}
member   2.1    POST    /v2.1/servers/$server?_method=GET {"server": {}}
member   2.1    GET     /v2.1/flavors?_method=DELETE
member   2.1    GET     /v2.1/servers?%5Fmethod=GET
member   2.1    GET     /v2.1/servers?sort_key=created_at&ip=1
member   2.90   GET     /v2.1/servers?sort_key=display_name&display_name=a
member   2.1    GET     /v2.1/servers/detail?host=compute-1
member   -      GET     /v2/servers?nothing=1
admin    2.104  GET     /v2.1/servers/detail?node=compute-1.cloud.example.org
member   -      GET     /v2/servers?%FF=%FF
member   2.1    POST    $act {"rebuild": {"name": "a"}}
member   2.1    POST    $act {"resize": {"OS-DCF:diskConfig": 1}}
member   2.91   POST    $act {"unshelve": {"availability_zone": 5}}
member   2.1    POST    $act {"rebuild": {}, "resize": {}}
member   2.1    POST    $act {"resize": {"a": 1, "a": 2}}
"""

_SPELLINGS = """
member   2.1    GET     /v2.1/%66lavors
member   2.1    GET     /v2.1/flavors%2Fdetail
member   2.1    GET     /v2.1/flavors/
member   2.1    GET     /v2.1//flavors
member   2.1    GET     //v2.1/flavors
member   2.1    GET     /v2.1/flavors.json
member   2.1    GET     /v2.1/flavors/100.json
member   2.1    GET     /v2.1/flavors/100.xml
member   2.1    GET     /v2.1/flavors/a%20b
member   2.1    GET     /v2.1/flavors/a+b
member   2.1    GET     /v2.1/flavors/%E2%82%AC
member   2.1    GET     /v2.1/flavors/%25
member   2.1    GET     /v2.1/flavors/%2525
member   2.1    GET     /v2.1/flavors/a%3Fb
member   2.1    GET     /v2.1/flavors/a%23b
member   2.1    GET     /v2.1/flavors/a;b=c
member   2.1    GET     /v2.1/flavors/a:b@c
member   2.1    GET     /v2.1/flavors/%7E~
member   2.1    GET     /v2.1/flavors/%3Cb%3E
member   2.1    GET     /v2.1/flavors/%FF
member   2.1    GET     /v2.1/flavors/%0A
member   2.1    GET     /V2.1/flavors
member   2.1    GET     /%76%32.1/flavors
member   2.1    GET     /v2.1/%73ervers
member   2.1    GET     /v2.1/servers%2F$server
"""

_TABLES = (
    *(_DISCOVERY, _READS, _FAULTS, _METHODS, _BODIES, _QUERIES),
    _SPELLINGS,
)

# Header fields besides, with a target that is read by member at 2.1. None has
# a version in a media type: the proxy refuses that, as nova does not.
_FIELDS = (
    ('/v2.1/flavors', 'Accept', 'text/xml'),
    ('/v2.1/flavors', 'Accept', '*/*;q=0'),
    ('/v2.1/flavors', 'Accept-Encoding', 'gzip, deflate'),
    ('/v2.1/flavors/none', 'Accept-Language', 'de, en;q=0.5'),
    ('/v2.1/flavors', 'Content-Type', 'text/xml'),
    ('/v2.1/flavors', 'Cookie', 'a=b; c=d'),
    ('/v2.1/flavors', 'If-None-Match', '*'),
    ('/v2.1/flavors', 'Range', 'bytes=0-9'),
    ('/v2.1/flavors', 'Origin', 'http://elsewhere.example'),
    ('/v2.1/flavors', 'OpenStack-API-Version', 'volume 3.1'),
    ('/v2.1/flavors', 'OpenStack-API-Version', 'compute 2.9, compute 2.1'),
    ('/v2.1/flavors', 'OpenStack-API-Version', 'compute'),
    ('/v2.1/flavors', 'X-OpenStack-Nova-API-Version', '2.61'),
    ('/v2.1/flavors', 'X-OpenStack-Nova-API-Version', '2.x'),
    ('/v2.1/flavors', 'X-Forwarded-Host', 'elsewhere.example'),
    ('/v2.1/flavors', 'Forwarded', 'host=elsewhere.example;proto=https'),
    ('/v2.1/flavors', 'X-Roles', 'admin'),
    ('/v2.1/os-services', 'X-Roles', 'admin'),
    ('/v2.1/os-services', 'X_Roles', 'admin'),
    ('/v2.1/os-services', 'X-Is-Admin-Project', 'True'),
    ('/v2.1/flavors', 'X-OpenStack-Request-ID', f'req-{made_up("request")}'),
    ('/v2.1/flavors', 'X-OpenStack-Request-ID', 'no id'),
    ('/v2.1/flavors', 'X-Service-Token', 'false'),
    ('/v2.1/flavors', 'User-Agent', ''),
    ('/v2.1/flavors', 'X-Nothing', 'a' * 4000),
)


class Recorded(NamedTuple):
    """One request."""

    caller: str
    method: str
    target: str
    fields: dict[str, str]
    body: bytes | None = None

    def __str__(self) -> str:
        said = ' '.join(f'{name}:{text}' for name, text in self.fields.items())
        body = (self.body or b'').decode()
        return f'{self.caller} {self.method} {self.target} {said} {body}'[:120]


def requests(projects: dict[str, str]) -> Iterator[Recorded]:
    """Yield the requests; *projects* are ids by the person's name."""
    for table in _TABLES:
        yield from _of(table, projects)
    for target, name, text in _FIELDS:
        yield Recorded(MEMBER.name, 'GET', target, {name: text})


def checked(projects: dict[str, str]) -> Iterator[Recorded]:
    """Yield requests that a guard can have something against."""
    yield from _of(_CHECKED, projects)


def _of(table: str, projects: dict[str, str]) -> Iterator[Recorded]:
    words = {
        **_WORDS,
        'project': projects[MEMBER.name],
        'other': projects[STRANGER.name],
        'usage': 'start=2020-01-01T00:00:00&end=2020-02-01T00:00:00',
    }
    for line in table.strip().splitlines():
        yield _request(Template(line).substitute(words))


def _request(line: str) -> Recorded:
    caller, version, method, target, *body = line.split(maxsplit=4)
    fields = {'OpenStack-API-Version': f'compute {version}'}
    return Recorded(
        caller,
        method,
        target,
        {} if version == '-' else fields,
        body[0].encode() if body else None,
    )
