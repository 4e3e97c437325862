"""The fields of an instance; for the cloud's interpreter.

No two of the values that a server document shows are the same, and as few as
possible are empty, so that a test can tell one attribute from another.
"""

import base64
from typing import Any

from nova import objects
from nova.network import model

from tests.cloud import servers
from tests.cloud.servers import IMAGE, KERNEL, RAMDISK, Server, made_up


def hardware(server: Server, flavor: Any) -> dict[str, Any]:
    """Return the fields that come from flavor and image."""
    return {
        'flavor': flavor,
        'old_flavor': None,
        'new_flavor': None,
        'instance_type_id': flavor.id,
        'memory_mb': flavor.memory_mb,
        'vcpus': flavor.vcpus,
        'root_gb': flavor.root_gb,
        'ephemeral_gb': flavor.ephemeral_gb,
        'image_ref': '' if server.from_volume else IMAGE['id'],
        'kernel_id': KERNEL['id'],
        'ramdisk_id': RAMDISK['id'],
        'root_device_name': '/dev/vda',
        'auto_disk_config': False,
        'system_metadata': _system_metadata(server),
        'trusted_certs': objects.TrustedCerts(
            ids=[made_up('certificate', server.id)]
        ),
    }


def request(server: Server) -> dict[str, Any]:
    """Return the fields that come from the request to create it."""
    reservation = made_up('reservation', server.id)
    return {
        'hostname': f'host-of-{server.name}',
        'launch_index': 1,
        'reservation_id': f'r-{reservation[:8]}',
        'user_data': base64.b64encode(server.user_data.encode()).decode(),
        'key_name': 'garden-key',
        'key_data': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemo garden',
        'config_drive': 'True',
        'metadata': {'ha_enabled': 'True'},
        **_access(server),
    }


def network_info(server: Server) -> Any:
    """Return its ports and addresses."""
    return model.NetworkInfo(
        [
            _vif(server, servers.NETWORKS[name], address)
            for name, address in server.addresses.items()
        ]
    )


def _access(server: Server) -> dict[str, str | None]:
    # The one of the reference's example has none.
    if server is servers.RENAMED:
        return {'access_ip_v4': None, 'access_ip_v6': None}
    return {'access_ip_v4': '10.94.139.7', 'access_ip_v6': '2001:db8::7'}


def _system_metadata(server: Server) -> dict[str, str]:
    reason = server.locked_reason
    return {
        'image_hw_disk_bus': 'virtio',
        'image_os_distro': 'debian',
        'image_base_image_ref': IMAGE['id'],
        **({'locked_reason': reason} if reason else {}),
    }


def _vif(server: Server, network: servers.Network, address: str) -> Any:
    subnet = model.Subnet(
        cidr=network.cidr,
        ips=[model.FixedIP(address=address, version=4)],
    )
    return model.VIF(
        id=made_up('port', server.id, network.name),
        address=servers.mac(server, network.name),
        network=model.Network(
            id=network.id, label=network.name, subnets=[subnet]
        ),
    )
