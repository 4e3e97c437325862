"""Show a progress bar on the terminal while much is read."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from tqdm import tqdm
from tqdm.utils import CallbackIOWrapper

# In seconds; a read that is quicker needs no bar.
_PATIENCE = 1

Watch = Callable[[BufferedReader], BufferedReader]


@contextmanager
def bar(names: Sequence[str], is_quiet: bool) -> Iterator[Watch]:
    """Yield a function that wraps a stream, so that reads move a bar.

    Its length is the size of the files *names* together, if that is known. It
    is shown on stderr if that is a terminal.
    """
    with tqdm(
        total=_size([Path(name) for name in names]),
        disable=True if is_quiet else None,
        delay=_PATIENCE,
        leave=False,
        unit='B',
        unit_scale=True,
        file=sys.stderr,
    ) as progress_bar:
        yield lambda stream: CallbackIOWrapper(progress_bar.update, stream)


def _size(paths: Sequence[Path]) -> int | None:
    """Return the total size in bytes; None if one is not a regular file."""
    if not all(path.is_file() for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)
