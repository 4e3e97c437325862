"""A guard that notifies, and a listener on its bus, in one process.

``python -m tests.audit.bus CONF`` prints what the listener heard of an
update that is refused and of one that is allowed, a line of JSON each.

A process of its own: oslo.messaging imports eventlet where that is installed,
which nova's functional tests refuse to come after. The bus is
oslo.messaging's own in memory; what is ours ends where it takes a message.
"""

import json
import queue
import sys

import oslo_messaging
import webtest
from oslo_config import cfg

from nova_update_guard.deploy import filters
from tests import standin

SECONDS = 10


def main(file):
    guard = filters.update_guard({}, oslo_config_file=file)(standin.Nova())
    heard = queue.Queue()
    listener = _listener(file, heard)
    listener.start()
    for caller in (standin.READER, standin.ADMIN):
        webtest.TestApp(guard).put_json(
            '/servers/s1',
            {'server': {'name': 'new'}},
            headers={'User-Agent': 'a client'},
            extra_environ=caller,
            expect_errors=True,
        )
    for _ in range(2):
        print(json.dumps(heard.get(timeout=SECONDS)))
    listener.stop()


def _listener(file, heard):
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[file])
    transport = oslo_messaging.get_notification_transport(conf)
    targets = [
        oslo_messaging.Target(topic=topic)
        for topic in conf.oslo_messaging_notifications.topics
    ]

    class Endpoint:
        def info(self, context, publisher, kind, payload, metadata):
            heard.put((publisher, kind, payload))

    return oslo_messaging.get_notification_listener(
        transport, targets, [Endpoint()]
    )


if __name__ == '__main__':
    main(sys.argv[1])
