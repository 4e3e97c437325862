"""The way around a proxy, nova's own port, and how an operator closes it."""

from tests.cloud import screen, web
from tests.cloud.cloud import Cloud
from tests.cloud.people import MEMBER
from tests.cloud.servers import RENAMED
from tests.cloud.stage import Stage, document, summary

_UPDATE = {'name': 'vm1', 'accessIPv4': '10.94.139.173'}

_CLOSED = """\
  1. Guards on nova's own host: nova listens on loopback only. Whoever has an
     account there still reaches it.

       uWSGI:   http-socket = 127.0.0.1:8774
       Apache:  Listen 127.0.0.1:8774

  2. Guards on other hosts: a firewall on each host of nova-api lets in those,
     here 10.0.0.11 and 10.0.0.12, and nobody else.

       nft add rule inet filter input iif lo tcp dport 8774 accept
       nft add rule inet filter input ip saddr '{ 10.0.0.11, 10.0.0.12 }' \\
           tcp dport 8774 accept
       nft add rule inet filter input tcp dport 8774 drop

  3. Keystone's catalog has the guards' address, or that of HAProxy before
     them, as the public, internal and admin endpoint of compute.

       openstack endpoint list --service compute

  Then try, from a machine of a tenant: this must not connect.

       curl --max-time 5 http://NOVA-HOST:8774/
"""


def play(stage: Stage) -> None:
    """Play the story's last step: a bypass that is possible only here."""
    cloud = stage.cloud
    url = f'{cloud.nova_itself_url}/servers/{RENAMED.id}'
    stage.begin("Two parameters, straight to nova's own port")
    screen.paragraph(MEMBER.name, f'PUT {url} {_UPDATE}')
    headers = {'X-Auth-Token': cloud.token(MEMBER).id}
    response = web.send('PUT', url, {'server': _UPDATE}, headers)
    server = document(response)
    stage.expect(
        '200: nova has no guard in it, and nothing stands before this port',
        summary(response),
        response.status == 200
        and all(server.get(name) == _UPDATE[name] for name in _UPDATE),
    )


def tell(cloud: Cloud) -> None:
    """Explain the bypass that an operator has to close."""
    screen.title('What is left for you: nova must be reached through guards')
    screen.paragraph(
        '',
        'A proxy guards only the requests that it forwards. The last step '
        f"went to nova's own port, {cloud.nova_itself_url}, and was not "
        'guarded. It listens on loopback, so that only clients on this '
        'machine can do that; no proxy prevents it. In a cloud, that port '
        'must be out of reach for all but the guards:',
    )
    screen.say()
    screen.say(_CLOSED)
