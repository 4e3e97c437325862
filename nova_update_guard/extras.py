"""The libraries that an extra of this package brings."""

from importlib.metadata import requires

_PACKAGE = 'nova_update_guard'


def how_to_install(extra: str) -> str:
    """Return the command that installs the libraries of *extra*.

    It names each of them, so that it also works where pip cannot find this
    package.
    """
    names = [
        requirement.strip()
        for requirement, _, marker in (
            each.partition(';') for each in requires(_PACKAGE) or ()
        )
        if marker.strip().replace('"', "'").endswith(f"extra == '{extra}'")
    ]
    listed = ' '.join(f"'{name}'" for name in names)
    return f'pip install {listed} (the extra {extra})'
