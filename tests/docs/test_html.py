"""The built pages in a real Chromium; tox -e docs builds them."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import NamedTuple

import pytest

from tests.docs.pages import ROOT
from tests.integration import chromium

BUILT = ROOT / 'doc' / 'build' / 'html'
WIDE = 1280
PHONE = 390
PAGES = sorted(str(page.relative_to(BUILT)) for page in BUILT.rglob('*.html'))

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not (PAGES and find_spec('sphinx')), reason='tox -e docs runs it'
    ),
    pytest.mark.skipif(chromium.binary() is None, reason=chromium.INSTALL),
]


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Visit(NamedTuple):
    """What Chromium found on a page, at two widths."""

    title: str
    urls: list[str]
    widths: dict[int, int]
    scrolls: bool


@pytest.fixture(scope='module')
def visits(tmp_path_factory):
    """Return what was found on each page."""
    handler = functools.partial(Files, directory=BUILT)
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            with chromium.browser(
                tmp_path_factory.mktemp('chromium'),
                '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
            ) as browser:
                site = f'http://127.0.0.1:{server.server_port}/'
                return {page: visit(browser, site, page) for page in PAGES}
        finally:
            server.shutdown()


def visit(browser, site, page):
    browser.events.clear()
    browser.resize(WIDE)
    browser.go(f'{site}{page}')
    widths = {}
    for width in (WIDE, PHONE):
        browser.resize(width)
        widths[width] = browser.send('document.scrollingElement.scrollWidth')
    return Visit(
        browser.send('document.title'),
        [
            event['request']['url'].removeprefix(site)
            for event in browser.reported('Network.requestWillBeSent')
        ],
        widths,
        browser.send(
            '[...document.querySelectorAll(".docs-body table")]'
            '.some(each => each.scrollWidth > each.clientWidth)'
        ),
    )


@pytest.mark.parametrize('width', [WIDE, PHONE])
def test_no_page_is_wider_than_the_screen(visits, width):
    assert {
        page: visit.widths[width]
        for page, visit in visits.items()
        if visit.widths[width] > width
    } == {}


def test_tables_scroll_inside_themselves_on_a_phone(visits):
    assert visits['configuration/index.html'].scrolls


def test_every_page_has_a_title_of_its_own(visits):
    titles = [
        visit.title
        for page, visit in visits.items()
        if page not in ('genindex.html', 'search.html')
    ]

    assert all(titles)
    assert len({*titles}) == len(titles)


def test_no_page_asks_another_site_for_anything(visits):
    foreign = {
        url
        for visit in visits.values()
        for url in visit.urls
        if url.startswith(('http:', 'https:', '//'))
    }

    assert foreign == set()
