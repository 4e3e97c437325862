"""``python -m tests.equivalence.mutations``: each decision undone is seen.

Undoes the design's decisions on how requests are read, one line at a time in
a copy of the guard, and asks the generators alone, without the cases that
have a name. Ends with 1 if they find nothing wrong with one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 1500
SEEDS = (1, 2, 3)


class Mutation(NamedTuple):
    """In *file*, *new* in the place of *old*; it undoes a decision."""

    undone: str
    generator: str
    file: str
    old: str
    new: str

    @property
    def applies(self) -> bool:
        """Whether *old* is in the file, and once."""
        path = ROOT / 'nova_update_guard' / f'{self.file}.py'
        return path.read_text().count(self.old) == 1


# fmt: off
MUTATIONS = (
    Mutation('1: empty segments are dropped', 'routes', 'compute_api/paths',
             "[*filter(None, path.split('/'))]",
             "path.split('/')[1:]"),
    Mutation('1: servers have another name', 'routes', 'compute_api/routes',
             "_COLLECTIONS = ('servers', 'os-volumes_boot')",
             "_COLLECTIONS = ('servers',)"),
    Mutation('1: whatever the prefix looks like', 'routes',
             'compute_api/routes',
             'elif _is_update(method, segments):',
             "elif _is_update(method, segments) and path[:5] == '/v2.1':"),
    Mutation('1: decoded once, and not again', 'routes', 'compute_api/routes',
             '        return _ELSEWHERE\n    segments = segments_of(path)\n',
             '        return _ELSEWHERE\n'
             '    segments = segments_of(_decoded(path))\n'),
    Mutation('2: any key _method is refused', 'routes', 'compute_api/routes',
             '    overrides = overrides_method(query)\n',
             '    overrides = False\n'),
    Mutation('2: decoded keys, too', 'routes', 'compute_api/routes',
             "any(_decoded(key) == '_method' for key in keys)",
             "any(key == '_method' for key in keys)"),
    Mutation('3: what was judged is sent', 'verdicts',
             'middleware/request_body',
             "    environ['wsgi.input'] = io.BytesIO(data)\n"
             "    environ['CONTENT_LENGTH'] = str(len(data))\n",
             '    return\n'),
    Mutation('4: under /v2 no version counts', 'versions',
             'compute_api/microversions',
             '    if environ.get(_IS_LEGACY_V2):\n'
             '        return LEGACY_V2\n    return read(',
             '    return read('),
    Mutation('4: under /v2 the unknown is dropped', 'verdicts',
             'layers/field_validation',
             '    if version > LEGACY_V2:\n        return dict(update)\n',
             '    if True:\n        return dict(update)\n'),
    Mutation("4: the answer's own version counts", 'versions',
             'compute_api/microversions',
             '        return read(headers)\n',
             '        return MIN\n'),
    Mutation('4: latest is the newest', 'versions',
             'compute_api/microversions',
             "    if text == 'latest':\n        return None\n",
             "    if text == 'latest':\n        return MIN\n"),
    Mutation('7: null is a value', 'verdicts', 'layers/field_validation',
             '        return dict(update)\n',
             '        return {key: value for key, value in update.items()'
             ' if value is not None}\n'),
    Mutation('7: null counts', 'verdicts', 'layers/one_parameter',
             '    if len(counted) == 1 or',
             '    counted = [k for k in counted if counted[k] is not None]'
             '\n    if len(counted) == 1 or'),
    Mutation('7: an empty text counts', 'verdicts', 'layers/one_parameter',
             '    if len(counted) == 1 or',
             "    counted = [key for key in counted if counted[key] != '']"
             '\n    if len(counted) == 1 or'),
    Mutation('9: the end is the end', 'verdicts', 'compute_api/schemas',
             'not compiled(pattern)(value)', 'not re.search(pattern, value)'),
    Mutation('18: fields of actions are validated', 'actions',
             'middleware/update_request',
             'check = field_validation.check_action\n',
             'check = lambda *_: None\n'),
    Mutation('equal keys are refused', 'verdicts', 'middleware/request_body',
             '    if len(found) < len(pairs):\n', '    if False:\n'),
)
# fmt: on


def main() -> int:
    """Return 0 if each mutation is found."""
    unseen = 0
    for mutation in MUTATIONS:
        seed = _found_with(mutation)
        unseen += seed is None
        reported = 'NOT FOUND' if seed is None else f'found with seed {seed}'
        print(
            f'{mutation.generator:9} {mutation.undone}: {reported}', flush=True
        )
    print(f'{len(MUTATIONS)} mutations, {unseen} not found')
    return 1 if unseen else 0


def _found_with(mutation: Mutation) -> int | None:
    """Return the first seed with which the generator finds it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ('nova_update_guard', 'tests'):
            shutil.copytree(ROOT / name, Path(folder, name))
        path = Path(folder, 'nova_update_guard', f'{mutation.file}.py')
        text = path.read_text()
        path.write_text(text.replace(mutation.old, mutation.new))
        return next(
            (seed for seed in SEEDS if _is_found(folder, mutation, seed)), None
        )


def _is_found(folder: str, mutation: Mutation, seed: int) -> bool:
    send = (
        'from tests.equivalence.generators import run; import sys; '
        f'found = run({mutation.generator!r}, {EXAMPLES}, {seed}); '
        'sys.exit(3 if found.wrong else 0)'
    )
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', send],
        cwd=folder,
        env=os.environ | {'PYTHONPATH': folder},
        capture_output=True,
        text=True,
    )
    # Anything else is no answer.
    assert done.returncode in (0, 3), done.stderr
    return done.returncode == 3


if __name__ == '__main__':
    sys.exit(main())
