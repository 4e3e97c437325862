"""A page of a command, served to a real Chromium."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration import chromium

# What Chromium tells of anything that it does not like.
COMPLAINTS = (
    'Log.entryAdded',
    'Runtime.consoleAPICalled',
    'Runtime.exceptionThrown',
    'Audits.issueAdded',
)
# The least contrast of a text and what is behind it, as WCAG counts it.
CONTRAST = """
(() => {
    const parts = color => color.match(/[\\d.]+/g).map(Number);
    const light = color => {
        const [red, green, blue] = parts(color).slice(0, 3).map(part => {
            part /= 255;
            return part <= 0.03928
                ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = element => {
        const color = getComputedStyle(element).backgroundColor;
        return parts(color)[3] === 0 ? behind(element.parentElement) : color;
    };
    return Math.min(...[
        ...document.querySelectorAll('h1, h2, p, dt, dd, th, td, summary')
    ].map(element => {
        const both = [getComputedStyle(element).color, behind(element)]
            .map(light).sort((one, other) => other - one);
        return (both[0] + 0.05) / (both[1] + 0.05);
    }));
})()
"""


class Pages(BaseHTTPRequestHandler):
    """A server with one page, which records its requests."""

    def do_GET(self):
        self.server.requested.append(self.path)
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_):
        pass


class Shown:
    """A browser, and the server that it gets a page from."""

    def __init__(self, browser, server):
        self.browser = browser
        self.server = server

    def open(self, page, width=1280):
        """Return the browser with the bytes of *page* open in it."""
        self.server.page = page
        self.server.requested = []
        self.browser.events.clear()
        self.browser.resize(width)
        self.browser.prefer()
        self.browser.go(f'http://127.0.0.1:{self.server.server_port}/')
        return self.browser


@contextmanager
def shown(folder):
    """Yield a Shown; the browser keeps its things in *folder*."""
    with ThreadingHTTPServer(('127.0.0.1', 0), Pages) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            with chromium.browser(folder) as browser:
                yield Shown(browser, server)
        finally:
            server.shutdown()
