"""A member's Horizon in a real Chromium, and its "Edit Instance"."""

import json
import time
import urllib.parse

from tests.cloud.people import MEMBER
from tests.cloud.servers import RENAMED
from tests.horizon.page import Page
from tests.horizon.sights import EDIT, LIST
from tests.horizon.visitor import Visit

_SECONDS = 60
# Scripts go on after the page is complete, and may fail then.
_SETTLE_SECONDS = 0.3
_LOG_IN = """
document.querySelector('[name=username]').value = %s;
document.querySelector('[name=password]').value = %s;
document.querySelector("form").submit();
"""
# A click before that would not open the form over the list.
_READY = "document.readyState === 'complete'"
_OPEN = f"""
document.querySelector(
    '[id="instances__row_{RENAMED.id}__action_edit"]').click()
"""
_FORM = '.modal form[action$="update"]'
_FIELD = f"document.querySelector('{_FORM} [name=%s]')"
_SAVE = f"document.querySelector('{_FORM} [type=submit]').click()"
_SUBMIT = (
    "document.querySelector('form[action$=update] [type=submit]').click()"
)
# The messages of the page and the form, without the ones that are drafts.
_MESSAGES = """
[...document.querySelectorAll(
    '#main_content .alert, .messages .alert, .modal .alert-danger')]
    .map(each => each.innerText.replace(/\\s+/g, ' ').trim())
    .filter(text => text)
"""


class Horizon:
    """Horizon at *url*, logged in as the member, in *browser*."""

    def __init__(self, browser, url):
        self.browser = browser
        self._url = url
        self._usual_errors = {}
        self._go('/auth/login/')
        words = (json.dumps(MEMBER.name), json.dumps(MEMBER.password))
        browser.send(_LOG_IN % words)
        self._wait(f"{_READY} && document.querySelector('[action*=logout]')")

    def edit(self, **values):
        """Save *values* in the list's "Edit Instance"; return the messages."""
        self._open_form()
        for name, value in values.items():
            self.browser.send(f'{_FIELD % name}.value = {json.dumps(value)}')
        self.browser.send(_SAVE)
        return self._wait(f'(found => found.length && found)({_MESSAGES})')

    def typed(self, name):
        """Return a field's text in the form; None when the form is closed."""
        return self.browser.send(f'({_FIELD % name} || {{value: null}}).value')

    def get(self, path):
        """Return the page at *path*, as its scripts have made it."""
        self._go(path)
        return self._visit()

    def post(self, path, fields):
        """Save *fields* by the form that is open; return the page then."""
        assert path == EDIT, path
        for name, value in fields:
            field = f"document.querySelector('[name={name}]')"
            if name in ('name', 'description'):
                self.browser.send(f'{field}.value = {json.dumps(value)}')
        self.browser.events.clear()
        self.browser.send(_SUBMIT)
        self._wait_for_load()
        return self._visit()

    def _open_form(self):
        """Open it by a click, and by another if that came to nothing."""
        for seconds in (_SECONDS / 4, _SECONDS):
            self._go(LIST)
            self._wait(f'{_READY} && ({_OPEN.strip()}, true)')
            if self._comes(_FIELD % 'name', seconds):
                return
        page = self.browser.send('document.body.innerText')
        raise AssertionError(f'No form comes over the list: {page}')

    def _visit(self):
        self._wait(_READY)
        time.sleep(_SETTLE_SECONDS)
        # The browser tells what has happened along with any answer.
        self.browser.send('1')
        (*_, response) = [
            event['response']
            for event in self.browser.reported('Network.responseReceived')
            if event['type'] == 'Document'
        ]
        path = urllib.parse.urlsplit(response['url']).path
        page = Page(self.browser.send('document.documentElement.outerHTML'))
        page.facts['script errors'] = self._new_errors(path)
        return Visit(response['status'], path, page)

    def _new_errors(self, path):
        """Return the errors of scripts that *path* did not have at first.

        The form alone has one of its own, with nothing hidden.
        """
        thrown = [
            each['exceptionDetails']
            for each in self.browser.reported('Runtime.exceptionThrown')
        ]
        errors = [
            each.get('exception', {}).get('description', each['text'])
            for each in thrown
        ]
        usual = self._usual_errors.setdefault(path, set(errors))
        return '; '.join(each for each in errors if each not in usual)

    def _wait_for_load(self):
        deadline = time.monotonic() + _SECONDS
        while not self.browser.reported('Page.loadEventFired'):
            assert time.monotonic() < deadline, 'The page does not load.'
            # What happens is told along with any answer.
            self.browser.send('1')
            time.sleep(0.1)

    def _go(self, path):
        self.browser.events.clear()
        self.browser.go(f'{self._url}{path}')

    def _wait(self, script):
        """Return the value of *script* once it is true."""
        found = self._comes(script, _SECONDS)
        assert found, script
        return found

    def _comes(self, script, seconds):
        """Return the same, or what is false after so many *seconds*."""
        deadline = time.monotonic() + seconds
        safe = f'(() => {{ try {{ return {script} }} catch {{}} }})()'
        while True:
            # An element itself cannot be handed over.
            found = self.browser.send(
                f'(found => found instanceof Node || found)({safe})'
            )
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)
