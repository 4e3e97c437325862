"""nova's own api-paste.ini, with the guard in it."""

from collections.abc import Mapping

_FILTER = """
[filter:update_guard]
use = egg:nova_update_guard#update_guard
oslo_config_file = {guard_conf}
{filter_lines}
"""


def with_guard(
    text: str,
    guard_after: Mapping[str, str],
    guard_conf: str,
    filter_lines: str = '',
) -> str:
    """Return *text* with the guard in each pipeline of *guard_after*."""
    if not guard_after:
        return text
    lines, section = [], ''
    for line in text.splitlines():
        section = _section(line) or section
        lines.append(_placed(line, guard_after.get(section)))
    section = _FILTER.format(guard_conf=guard_conf, filter_lines=filter_lines)
    return '\n'.join(lines) + '\n' + section


def _section(line: str) -> str | None:
    """Return the name in a header such as '[composite:name]'."""
    return line.strip('[]').split(':')[-1] if line.startswith('[') else None


def _placed(line: str, after: str | None) -> str:
    """Return a 'keystone = ...' line with the guard behind *after*."""
    if after is None or not line.startswith('keystone ='):
        return line
    words = line.split()
    words.insert(words.index(after) + 1, 'update_guard')
    return ' '.join(words)
