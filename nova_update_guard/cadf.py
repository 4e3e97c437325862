"""Decision records as CADF events, by pycadf.

Source: DMTF DSP0262, and ``keystonemiddleware.audit``, which makes events of
all requests.
"""

import uuid
from typing import Any

from pycadf import attachment, cadftaxonomy, event, host, reason, resource

from nova_update_guard.decisions import REFUSE, Record
from nova_update_guard.layers.modes import ENFORCE

# Who publishes, and observes.
OBSERVER = 'nova_update_guard'

_SERVER = 'service/compute/server'
_COMPUTE = 'service/compute'
_JSON = 'application/json'
# By what an operation is for us; all else that is answered is not known.
_ACTIONS = {
    'update': cadftaxonomy.ACTION_UPDATE,
    'action': cadftaxonomy.ACTION_UPDATE,
    'read': cadftaxonomy.ACTION_READ,
}
# Whether it was refused.
_OUTCOMES = {
    True: cadftaxonomy.OUTCOME_FAILURE,
    False: cadftaxonomy.OUTCOME_SUCCESS,
}


def made_of(record: Record) -> dict[str, Any]:
    """Return *record* as a CADF event, which has all of it attached."""
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
    """Return *text* as an id of CADF's, which has UUIDs only."""
    try:
        return str(uuid.UUID(text or ''))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, text or ''))
