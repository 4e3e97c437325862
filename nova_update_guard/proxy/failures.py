"""Errors of libcurl, and the refusals that clients get for them."""

from collections.abc import Sequence

import pycurl

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal

# libcurl's errors of a connection that was never made.
NOT_CONNECTED = {
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_PEER_FAILED_VERIFICATION,
}

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

    *cause* is for the log: libcurl's message, about hosts and certificates.
    """

    def __init__(self, refusal: Refusal, cause: str) -> None:
        super().__init__(refusal)
        self.cause = cause


def of_transfer(errors: Sequence[tuple[object, int, str]]) -> NovaFailedError:
    """Return the exception for a transfer that ended with *errors*.

    They are the last part of what CurlMulti.info_read returns: a handle, an
    error code and a message for each; none if the response was incomplete.
    """
    codes = {code for _, code, _ in errors}
    cause = ', '.join(message for _, _, message in errors)
    if pycurl.E_OPERATION_TIMEDOUT in codes:
        # The only timeout set in libcurl is that of the connection.
        return NotConnectedError(SILENT, cause)
    if codes & NOT_CONNECTED:
        return NotConnectedError(UNREACHABLE, cause)
    return NovaFailedError(BROKEN)
