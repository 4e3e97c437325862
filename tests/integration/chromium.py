"""A real Chromium without a window, spoken to over a pair of pipes."""

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections import deque
from contextlib import contextmanager

INSTALL = 'Chromium is not installed: apt-get install chromium'
# Nothing of its own: what goes out is the page's doing.
_OPTIONS = (
    '--headless',
    # CI is root, for whom Chromium has no sandbox.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--hide-scrollbars',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--remote-debugging-pipe',
)


def binary():
    """Return the path of Chromium, or None where there is none."""
    return shutil.which('chromium')


class Browser:
    """One page; *events* are all that it told, in order."""

    def __init__(self, write, read):
        self._write = write
        self._read = read
        self._numbers = itertools.count(1)
        self._waiting = deque()
        self._session = None
        self.events = []

    def attach(self):
        """Open a page, and listen to all that it does."""
        target = self('Target.createTarget', url='about:blank')
        self._session = self('Target.attachToTarget', flatten=True, **target)[
            'sessionId'
        ]
        for domain in ('Page', 'Runtime', 'Log', 'Network', 'Audits'):
            self(f'{domain}.enable')

    def __call__(self, method, **params):
        """Return Chromium's response to one command of its protocol."""
        number = next(self._numbers)
        command = {'id': number, 'method': method, 'params': params}
        if self._session:
            command['sessionId'] = self._session
        self._write.write(json.dumps(command).encode() + b'\0')
        self._write.flush()
        while (message := self._next()).get('id') != number:
            self.events.append(message)
        assert 'error' not in message, message
        return message['result']

    def go(self, url):
        """Load *url* and wait until all of it is there."""
        self('Page.navigate', url=url)
        while not self.reported('Page.loadEventFired'):
            self.events.append(self._next())

    def reported(self, *methods):
        """Return the events of *methods*, in order."""
        return [
            event['params']
            for event in self.events
            if event.get('method') in methods
        ]

    def send(self, script):
        """Return the value of *script* on the page, once it is true."""
        response = self(
            'Runtime.evaluate',
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        assert 'exceptionDetails' not in response, response
        return response['result'].get('value')

    def resize(self, width, height=900):
        """Make the page so many pixels wide."""
        self(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme='light', media='screen'):
        """Show the page in dark colours, or for paper."""
        self(
            'Emulation.setEmulatedMedia',
            media=media,
            features=[{'name': 'prefers-color-scheme', 'value': scheme}],
        )

    def screenshot(self):
        """Return the whole page as a PNG."""
        shot = self('Page.captureScreenshot', captureBeyondViewport=True)
        return base64.b64decode(shot['data'])

    def _next(self):
        while not self._waiting:
            message = b''
            while not message.endswith(b'\0'):
                chunk = self._read.read1()
                assert chunk, 'Chromium went away'
                message += chunk
            self._waiting.extend(message[:-1].split(b'\0'))
        return json.loads(self._waiting.popleft())


@contextmanager
def browser(folder, *options):
    """Yield a page in a Chromium that keeps its things in *folder*."""
    there, ours = os.pipe()
    back, theirs = os.pipe()
    command = [binary(), *_OPTIONS, f'--user-data-dir={folder}', *options]
    process = subprocess.Popen(
        # The protocol is on the descriptors 3 and 4.
        ['bash', '-c', f'exec "$@" 3<&{there} 4>&{theirs}', '-', *command],
        pass_fds=(there, theirs),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(there)
    os.close(theirs)
    with (
        process,
        os.fdopen(ours, 'wb') as write,
        os.fdopen(back, 'rb') as read,
    ):
        page = Browser(write, read)
        try:
            page.attach()
            yield page
        finally:
            process.terminate()
            # Its children hold the pipe a little longer.
            process.wait(30)
