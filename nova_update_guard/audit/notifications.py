"""Decision records as CADF events, sent by a background thread.

A request never waits for a message bus that is slow or down. Records that do
not fit into the queue are lost, and counted.

Imported only where the operator wants notifications: pycadf is an extra.
Source: DMTF DSP0262, and ``keystonemiddleware.audit``, which
makes events of all requests.
"""

import os
import queue
import threading
import uuid
from collections.abc import Callable
from typing import Any

from pycadf import attachment, cadftaxonomy, event, host, reason, resource

from nova_update_guard.audit.record import REFUSE, Record
from nova_update_guard.layers.modes import ENFORCE

# Records in the queue: some seconds of a busy cloud, and a bound on memory.
_MAX_WAITING = 4096

# The publisher of the notifications, and the observer in the events.
OBSERVER = 'nova_update_guard'

_SERVER = 'service/compute/server'
_COMPUTE = 'service/compute'
_JSON = 'application/json'
# By our operation; all others are unknown to CADF.
_ACTIONS = {
    'update': cadftaxonomy.ACTION_UPDATE,
    'action': cadftaxonomy.ACTION_UPDATE,
    'create': cadftaxonomy.ACTION_CREATE,
    'read': cadftaxonomy.ACTION_READ,
}
# By whether the request was refused.
_OUTCOMES = {
    True: cadftaxonomy.OUTCOME_FAILURE,
    False: cadftaxonomy.OUTCOME_SUCCESS,
}


class Notices:
    """Queues records for *send*; calls *lost* for each that fails."""

    def __init__(
        self,
        send: Callable[[Record], object],
        lost: Callable[[], object],
    ) -> None:
        self._send = send
        self._lost = lost
        self._waiting: queue.Queue[Record] = queue.Queue(_MAX_WAITING)
        self._thread_of = 0

    def __call__(self, record: Record) -> None:
        """Queue *record*. Raises queue.Full."""
        # A forked process inherits the queue, but not the thread.
        if self._thread_of != os.getpid():
            self._thread_of = os.getpid()
            threading.Thread(target=self._sent, daemon=True).start()
        self._waiting.put_nowait(record)

    def _sent(self) -> None:
        while True:
            record = self._waiting.get()
            try:
                self._send(record)
            except Exception:
                # The library has logged the error.
                self._lost()


def event_of(record: Record) -> dict[str, Any]:
    """Return *record* as a CADF event, with the record attached."""
    refused = (record['verdict'], record['mode']) == (REFUSE, ENFORCE)
    made = event.Event(
        eventTime=record['time'],
        action=_ACTIONS.get(record['operation'], cadftaxonomy.UNKNOWN),
        outcome=_OUTCOMES[refused],
        reason=reason.Reason(
            reasonType='HTTP',
            reasonCode=str(record['status']),
            policyType='oslo.policy',
            policyId=record['rule'] or '',
        ),
        initiator=resource.Resource(
            id=_id(record['user_id']),
            typeURI=cadftaxonomy.ACCOUNT_USER,
            domain=record['project_id'],
            host=host.Host(agent=record['client'] or ''),
        ),
        target=resource.Resource(id=_id(record['server_id']), typeURI=_SERVER),
        observer=resource.Resource(id=_id(OBSERVER), typeURI=_COMPUTE),
    )
    made.add_attachment(attachment.Attachment(_JSON, record, 'decision'))
    return dict(made.as_dict())


def _id(text: str | None) -> str:
    """Return *text* as an id for CADF, which takes UUIDs only."""
    try:
        return str(uuid.UUID(text or ''))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, text or ''))
