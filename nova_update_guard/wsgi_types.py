"""The types of PEP 3333.

Python 3.10 has no ``wsgiref.types``. The names are for the type checker; at
run time they say nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import (
        StartResponse,
        WSGIApplication,
        WSGIEnvironment,
    )
else:
    StartResponse = WSGIApplication = WSGIEnvironment = Any

__all__ = ['StartResponse', 'WSGIApplication', 'WSGIEnvironment']
