"""oslo.messaging's notifier, which sends CADF events of records."""

from collections.abc import Callable

import oslo_messaging
from oslo_config import cfg

from nova_update_guard import cadf
from nova_update_guard.decisions import Record

EVENT_TYPE = 'nova_update_guard.decision'


def sender(conf: cfg.ConfigOpts) -> Callable[[Record], object]:
    """Return what sends a record as *conf* says.

    Raises an exception of oslo.messaging's, or of stevedore's, for options
    that lead nowhere.
    """
    transport = oslo_messaging.get_notification_transport(conf)
    notifier = oslo_messaging.Notifier(transport, cadf.OBSERVER)
    return lambda record: notifier.info({}, EVENT_TYPE, cadf.made_of(record))
