"""Send CADF events of records by oslo.messaging's notifier.

Imported only where the operator wants notifications: oslo.messaging is an
extra, and warns of each fork once it is imported.
"""

from collections.abc import Callable

import oslo_messaging
from oslo_config import cfg

from nova_update_guard.audit import notifications
from nova_update_guard.audit.record import Record

EVENT_TYPE = 'nova_update_guard.decision'


def sender(conf: cfg.ConfigOpts) -> Callable[[Record], object]:
    """Return a function that sends a record to the message bus of *conf*.

    Raises an exception of oslo.messaging's, or of stevedore's, for unusable
    options.
    """
    transport = oslo_messaging.get_notification_transport(conf)
    notifier = oslo_messaging.Notifier(transport, notifications.OBSERVER)
    return lambda record: notifier.info(
        {}, EVENT_TYPE, notifications.event_of(record)
    )


def queued(
    conf: cfg.ConfigOpts, lost: Callable[[], object]
) -> notifications.Notices:
    """Return a queue that sends records; it calls *lost* for each failure."""
    return notifications.Notices(sender(conf), lost)
