"""A member who visits Horizon by plain HTTP, with the session's cookie."""

import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import NamedTuple

from tests.cloud.people import Person
from tests.horizon.page import Page

_SECONDS = 120


class Visit(NamedTuple):
    """A page that was asked for, and the path that it came from."""

    status: int
    path: str
    page: Page


class Visitor:
    """Who has logged in as *person* at the Horizon at *url*."""

    def __init__(self, url: str, person: Person) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )
        login = '/auth/login/'
        fields = dict(self.get(login).page.fields) | {
            'username': person.name,
            'password': person.password,
        }
        visit = self.post(login, list(fields.items()))
        assert visit.path != login, visit.page.alerts

    def get(self, path: str) -> Visit:
        """Return the page at *path*, wherever Horizon leads from there."""
        return self._send(path, None)

    def post(self, path: str, fields: list[tuple[str, str]]) -> Visit:
        """Send a form; return the page that comes then."""
        return self._send(path, urllib.parse.urlencode(fields).encode())

    def _send(self, path: str, data: bytes | None) -> Visit:
        url = f'{self._url}{path}'
        request = urllib.request.Request(url, data, {'Referer': url})
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                return _visit(response)
        except urllib.error.HTTPError as error:
            with error:
                return _visit(error)


def _visit(response: HTTPResponse | urllib.error.HTTPError) -> Visit:
    path = urllib.parse.urlsplit(response.geturl() or '').path
    text = response.read().decode()
    return Visit(response.status or 0, path, Page(text))
