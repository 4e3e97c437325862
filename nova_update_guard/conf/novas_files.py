"""Tell nova's files from those that are the guard's alone.

nova.conf can be the guard's file, too; what it has for others is nova's.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

# What nova.conf has, and a file of the guard's alone does not. Source:
# nova.conf.
_GROUPS = {
    *('api', 'api_database', 'cinder', 'compute', 'conductor', 'database'),
    *('filter_scheduler', 'glance', 'libvirt', 'neutron', 'notifications'),
    *('placement', 'quota', 'scheduler', 'service_user', 'vnc', 'wsgi'),
}


def is_novas(path: str, groups: Collection[str]) -> bool:
    """Return whether the file at *path*, with these *groups*, is nova's.

    What is in a file counts, so that a copy under another name is checked as
    it will be read; and the name, for a nova.conf without these groups.
    """
    named = {group.lower() for group in groups}
    return Path(path).name == 'nova.conf' or bool(named & _GROUPS)


def among(found: Iterable[tuple[str, str]]) -> set[str]:
    """Return the paths of nova's files; *found* are paths, each with a group.

    A path is there for each group of its file.
    """
    groups: dict[str, set[str]] = {}
    for path, group in found:
        groups.setdefault(path, set()).add(group)
    return {path for path, named in groups.items() if is_novas(path, named)}
