"""``python -m tests.soak``: mixed traffic while the policy changes and breaks.

On a small real cloud of its own, through a proxy under uWSGI and one under
gunicorn. Ends with 1 if an answer was judged by a mixture or showed what no
policy shows, if the guard had a fault, or if its processes grew.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.run import growth_problems, problems, reported, soak


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(prog='python -m tests.soak')
    parser.add_argument('--minutes', type=float, default=20)
    requested = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix='soak-') as folder:
        found = soak(Path(folder), requested.minutes * 60, _say)
    wrong = [*problems(found), *growth_problems(found)]
    for line in reported(found):
        print(line)
    for problem in wrong:
        print(f'WRONG: {problem}')
    print('Nothing went wrong.' if not wrong else 'Something went wrong.')
    return 1 if wrong else 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == '__main__':
    sys.exit(main())
