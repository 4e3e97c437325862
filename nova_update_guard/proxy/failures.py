"""Failures on the way to nova, and the refusals that clients get for them."""

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal

UNREACHABLE = Refusal(
    502, 'nova could not be reached', 'nova could not be reached'
)
BROKEN = Refusal(
    502,
    'nova closed the connection too early',
    'nova closed the connection, or sent invalid HTTP',
)
SILENT = Refusal(
    504, 'nova did not respond in time', 'nova did not respond in time'
)
CUT_OFF = Refusal(
    400, 'The request body is incomplete', 'the client closed the connection'
)


class NotConnectedError(NovaFailedError):
    """Nothing was sent: another endpoint may be tried.

    *cause* is for the log: the system's message, about hosts and certificates.
    """

    def __init__(self, refusal: Refusal, cause: str) -> None:
        super().__init__(refusal)
        self.cause = cause


class ClosedUnansweredError(NovaFailedError):
    """nova closed the connection without a byte of a response.

    *seconds* are left to wait for nova.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(BROKEN)
        self.seconds = seconds
