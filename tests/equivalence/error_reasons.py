"""What the placeholders of nova's messages name, and which tell nothing."""

from typing import NamedTuple

from nova_update_guard.compute_api.places import HOST

# By placeholder, the attribute of which it can be a value.
NAMES = {
    'actual': 'OS-EXT-STS:task_state',
    'address': 'addresses',
    'against': 'flavor',
    'az': 'OS-EXT-AZ:availability_zone',
    'availability_zone': 'OS-EXT-AZ:availability_zone',
    'cpumax': 'flavor',
    'current_az': 'OS-EXT-AZ:availability_zone',
    'dest': HOST,
    'fixed_address': 'addresses',
    'flavor': 'flavor',
    'flavor_cores': 'flavor',
    'flavor_id': 'flavor',
    'flavor_name': 'flavor',
    'flavor_size': 'flavor',
    'flavor_val': 'flavor',
    'group_uuid': 'server_groups',
    'host': HOST,
    'hostname': 'OS-EXT-SRV-ATTR:hostname',
    'image': 'image',
    'image_id': 'image',
    'instance_az': 'OS-EXT-AZ:availability_zone',
    'instance_name': 'OS-EXT-SRV-ATTR:instance_name',
    'instance_uuids': 'os-extended-volumes:volumes_attached',
    'ip': 'addresses',
    'key_name': 'key_name',
    'max_cores': 'flavor',
    'mem_inst': 'flavor',
    'memtotal': 'flavor',
    'name': 'name',
    'node': 'OS-EXT-SRV-ATTR:hypervisor_hostname',
    'policy': 'server_groups',
    'project_id': 'tenant_id',
    'state': 'OS-EXT-STS:vm_state',
    'status': 'status',
    'tag': 'tags',
    'user_id': 'user_id',
    'vcpus': 'flavor',
    'vol_id': 'os-extended-volumes:volumes_attached',
    'volume_id': 'os-extended-volumes:volumes_attached',
}


class Reason(NamedTuple):
    """Why *messages* tell no value that could be hidden.

    They are a regular expression of the beginning: a class or a module of
    nova's, and the text.
    """

    messages: str
    reason: str


NAMED = 'the request names it; what exists is told by the status'
COMPUTE = "a compute's or a scheduler's: no response of the API has it"

REASONS = (
    Reason(
        'Flavor(Access|Exists|ExtraSpecs|IdExists|NotFound)'
        '|flavors_extraspecs|InvalidHostname|InvalidIpAddress|InstanceGroup'
        '|InstanceTagNotFound|server_tags|KeyPairExists|ShareMappingAlready'
        '|(Fixed|Floating)Ip.* address|FixedIpNotFoundForInstance'
        '|FloatingIpAssoc|floating_ips|VolumeBDM|VolumeEncryption'
        '|VolumeExtend',
        NAMED,
    ),
    Reason(
        r'Image(BadRequest|Import|Not\w+|Quota|Unacceptable)'
        r'|CouldNot(Fetch|Upload)Image|InvalidMachineType|UnsupportedImage',
        NAMED,
    ),
    Reason(
        'FlavorImageLockedMemory',
        'a value of the image that the request names; the flavor has a row',
    ),
    Reason(
        'Aggregate|aggregates|services|Service(Binary|Topic)|HostMapping'
        '|ComputeHostMetric|TooManyComputes|NoResourceClass',
        "the cloud's own: a host, of which the request is about no server",
    ),
    Reason(
        'ApiVersions|DeviceProfile|ImageNUMATopologyForbidden|KeypairNotFound'
        '|PasteApp|ResourceProvider|TraitCreation',
        'the name of something else',
    ),
    Reason('GroupAffinity|InvalidPCINUMA', 'a policy is no server group'),
    Reason(
        'InvalidMigrationState|MigrationNotFoundByStatus',
        "the migration's own state, which its places show",
    ),
    Reason('ShareStatus', "the share's own status"),
    Reason(
        'ProjectQuota|ProjectUserQuota|QuotaExists|SecurityGroup'
        '|UsagesRetrieval',
        "the caller's own project and user, or one that the request names",
    ),
    Reason('PciDevice|Socket|InstanceExists|InstanceDisk|VolumeNot', COMPUTE),
    Reason('api: .*zone does not match the volume', NAMED),
)
