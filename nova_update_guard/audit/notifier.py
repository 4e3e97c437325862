"""oslo.messaging's notifier, which sends CADF events of records.

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
    """Return what sends a record as *conf* says.

    Raises an exception of oslo.messaging's, or of stevedore's, for options
    that lead nowhere.
    """
    transport = oslo_messaging.get_notification_transport(conf)
    notifier = oslo_messaging.Notifier(transport, notifications.OBSERVER)
    return lambda record: notifier.info(
        {}, EVENT_TYPE, notifications.event_of(record)
    )


def queued(
    conf: cfg.ConfigOpts, lost: Callable[[], object]
) -> notifications.Notices:
    """Return what sends a record later; *lost* is told of each it cannot."""
    return notifications.Notices(sender(conf), lost)
