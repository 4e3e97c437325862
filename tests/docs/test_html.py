"""The built pages in a real Chromium; tox -e docs builds them."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.docs.pages import ROOT
from tests.integration import chromium

BUILT = ROOT / 'doc' / 'build' / 'html'
PHONE = 390
PAGES = sorted(str(page.relative_to(BUILT)) for page in BUILT.rglob('*.html'))

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not PAGES, reason='nothing is built: tox -e docs'),
    pytest.mark.skipif(chromium.binary() is None, reason=chromium.INSTALL),
]


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def browser(tmp_path_factory):
    """Yield what opens a built page at a width."""
    handler = functools.partial(Files, directory=BUILT)
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            with chromium.browser(
                tmp_path_factory.mktemp('chromium'),
                # What the theme loads from elsewhere is not there.
                '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
            ) as browser:

                def opened(page, width):
                    browser.events.clear()
                    browser.resize(width)
                    browser.go(f'http://127.0.0.1:{server.server_port}/{page}')
                    return browser

                yield opened
        finally:
            server.shutdown()


@pytest.mark.parametrize('width', [1280, PHONE])
def test_no_page_is_wider_than_the_screen(browser, width):
    wide = {}
    for page in PAGES:
        opened = browser(page, width)
        found = opened.send('document.scrollingElement.scrollWidth')
        if found > width:
            wide[page] = found

    assert wide == {}


def test_tables_and_code_scroll_inside_themselves(browser):
    opened = browser('configuration/index.html', PHONE)

    assert opened.send(
        '[...document.querySelectorAll(".docs-body table, .docs-body pre")]'
        '.some(each => each.scrollWidth > each.clientWidth)'
    )


def test_every_page_has_its_title(browser):
    for page in PAGES:
        opened = browser(page, 1280)

        assert opened.send('document.title.trim().length') > 5, page
