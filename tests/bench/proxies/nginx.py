"""The stand-in for nova and the contenders that are nginx."""

import json
from collections.abc import Mapping
from pathlib import Path

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from tests.bench import documents, redactions
from tests.cloud.ports import HOST
from tests.cloud.processes import Service, surroundings
from tests.proxy.keystone import people

SERVER_ID = documents.server(0)['id']
SHOW = f'/v2.1/servers/{SERVER_ID}'
DETAIL = '/v2.1/servers/detail'
# How many servers there are, and as many at once as nova lists.
SERVERS = 10_000
PAGE = 1_000
SLOW_SECONDS = 0.1
DECISIONS = 'decisions.log'
HERE = Path(__file__).parent


def standin(folder: Path, port: int, slow: int) -> Service:
    """Return the stand-in for nova, which is slow at another port."""
    for number, marker in enumerate(_markers()):
        body = documents.body(PAGE, number * PAGE)
        (folder / f'detail{marker}.json').write_bytes(body)
    return _service(
        folder,
        'standin',
        {
            'port': port,
            'slow_port': slow,
            'slow_seconds': SLOW_SECONDS,
            'show': SHOW,
            'detail': DETAIL,
            'server': documents.visible().decode(),
            'version': MAX,
        },
    )


def pages() -> list[str]:
    """Return the paths by which a client gets all servers, page by page."""
    first, *others = _markers()
    assert not first
    return [
        f'{DETAIL}?limit={PAGE}',
        *(f'{DETAIL}?limit={PAGE}&marker={marker}' for marker in others),
    ]


def _markers() -> list[str]:
    """Return the id of the last server before each page, '' for the first."""
    lasts = range(PAGE - 1, SERVERS - 1, PAGE)
    return ['', *(documents.server(number)['id'] for number in lasts)]


def plain(folder: Path, port: int, nova: int) -> Service:
    """Return the nginx that passes everything on to *nova*."""
    return _service(folder, 'plain', {'port': port, 'nova': nova})


def lua(folder: Path, port: int, nova: int) -> Service:
    """Return nginx with Lua, which has the default policy and the people."""
    received = documents.server(0)
    redact = redactions.redacting(
        documents.body(1), redactions.caller({}, redactions.MEMBER)
    )
    left = redactions.document(redact())['servers'][0]
    hidden = [name for name in received if name not in left]
    fields = [row.name for row in UPDATE_FIELDS]
    return _service(
        folder,
        'lua',
        {
            'port': port,
            'nova': nova,
            'here': HERE,
            'people': json.dumps(people()),
            'shown_to': json.dumps(dict.fromkeys(hidden, ('admin',))),
            'changed_by': json.dumps(
                dict.fromkeys(fields, ('admin', 'member'))
            ),
            'decisions': folder / DECISIONS,
        },
    )


def _service(folder: Path, name: str, values: Mapping[str, object]) -> Service:
    text = (HERE / f'{name}.conf').read_text()
    file = folder / f'{name}.conf'
    file.write_text(text % {'folder': folder, **values})
    return Service(
        f'nginx ({name})',
        ['/usr/sbin/nginx', '-e', 'stderr', '-p', folder, '-c', file],
        f'http://{HOST}:{values["port"]}{SHOW}',
        folder / f'{name}.log',
        surroundings(),
        folder,
    )
