"""Showing that something long is moving."""

import time

from tests.cloud import screen

_EVERY_SECONDS = 5.0


class Progress:
    """Tells how far something is: one moving line on a terminal.

    Elsewhere it is a plain line every few seconds.
    """

    def __init__(self) -> None:
        self._reported = float('-inf')
        self._visible = False

    def report(self, text: str) -> None:
        """Show *text* in place of the last one."""
        if screen.is_terminal():
            self._visible = True
            line = text[: screen.width() - 4].ljust(screen.width() - 4)
            print(f'\r  {line}', end='', flush=True)
        elif time.monotonic() - self._reported >= _EVERY_SECONDS:
            self._reported = time.monotonic()
            screen.say(f'  {text}')

    def end(self) -> None:
        """Leave the moving line behind."""
        if self._visible:
            screen.say()
