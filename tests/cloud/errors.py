"""Errors with messages that the reader can act on."""

from pathlib import Path

_TAIL_LINES = 15


class CloudError(Exception):
    """The cloud cannot start; the message says why."""


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of *log*, indented, and where the rest is."""
    text = log.read_text(errors='replace') if log.exists() else ''
    last = text.rstrip().splitlines()[-lines:]
    visible = '\n'.join(f'    {line}' for line in last) or '    (nothing)'
    return f'{visible}\nAll of it is in {log}'
