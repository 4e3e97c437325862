"""Engines for operators' patterns, and their time on evil ones.

``python -m tests.bench.patterns``: the engines beside Python's ``re``. Each
measurement has a process of its own, which ends when it takes too long.
Needs what ``tests/bench/requirements.txt`` names.
"""

import itertools
import multiprocessing
import random
import re
import resource
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any

Search = Callable[[str], bool]
Engine = Callable[[str], Search]

ROUNDS = 7
TOO_LONG = 5.0
# As operators write them: how names begin, hosts, zones, tickets.
TYPICAL = (
    *('^de-', '^de-[a-z0-9-]+$', '^[a-z]{2,4}-[0-9]{3}$', '-(dev|test)$'),
    *('^(?:web|db)[0-9]+(?:-[a-z]+)*$', r'^[^\s]+$', r'^\w+$', r'^\d+$'),
    *(r'[A-Z]{2,5}-[0-9]+', r'^[a-z0-9.-]+\.example\.com$', '(?i)^prod'),
    *('^.{3,20}$', '^[[:alnum:]-]+$', r'^\S.*\S$', 'a|b$', '^$', r'\bvm\b'),
    *('^[^-]+$', r'^[\w .-]+$', '^(?:[0-9a-f]{4}:){2}', r'^\p{L}+$'),
    *(r'^a\Z', r'^a\z', '^(?!admin)', r'^(a+)-\1$', '^[é-ü]+$', r'\.$'),
)
_PIECES = (
    *('de-', 'web', 'db1', 'a', 'Z', '0', '42', '-', '.', ' ', '_', 'vm'),
    *('\n', '\t', 'é', 'ß', '\u0661', '\u3000', '\U0001f600', 'admin', 'b'),
    *('prod', 'OPS-7', '.example.com', '-dev', 'fd00:', '\x0b', '\u2028'),
)
# Patterns that go back over what they have matched, and what makes them.
EVIL = (
    ('^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$', 'a', '!'),
    ('^(a+)+$', 'a', '!'),
    ('^(a|a)*$', 'a', '!'),
    ('(x+x+)+y', 'x', ''),
    ('^(.*,){9}P', ',', ''),
    ('(a|b)*a(a|b){200}$', 'ab', '!'),
)
LENGTHS = (255, 25_500, 102_000)


def python(pattern: str) -> Search:
    """Python's own."""
    found = re.compile(pattern)
    return lambda text: found.search(text) is not None


def google_re2(pattern: str) -> Search:
    """RE2, as the guard asks it."""
    from nova_update_guard.compute_api import patterns

    return patterns.compiled(pattern)


def rust(pattern: str) -> Search:
    """Rust's regex, in a validator that is all of Rust."""
    import jsonschema_rs

    return _rust({'pattern': pattern}, jsonschema_rs.RegexOptions())


def rust_fancy(pattern: str) -> Search:
    """The same validator as it comes, which can go back."""
    import jsonschema_rs

    return _rust({'pattern': pattern}, jsonschema_rs.FancyRegexOptions())


def _rust(schema: dict[str, Any], engine: Any) -> Search:
    import jsonschema_rs

    made = jsonschema_rs.Draft202012Validator(schema, pattern_options=engine)
    return lambda text: bool(made.is_valid(text))


ENGINES: tuple[Engine, ...] = (python, google_re2, rust, rust_fancy)


def main() -> None:
    """Print the results of each engine for the same patterns."""
    for engine in ENGINES:
        print(f'\n{engine.__name__}')
        print(f'  {_done(loaded, engine)}')
        print(f'  {_done(speed, engine)}')
        if engine is not python:
            print(f'  {_done(differences, engine)}')
        for number, (pattern, *_) in enumerate(EVIL):
            times = [_done(evil, engine, number, n) for n in LENGTHS]
            print(f'  {pattern:42}', ', '.join(times))


def _done(measure: Callable[..., str], *given: object) -> str:
    """Return the output of *measure*, in a process of its own."""
    spawn = multiprocessing.get_context('spawn')
    pool = futures.ProcessPoolExecutor(1, spawn)
    try:
        return pool.submit(measure, *given).result(TOO_LONG)
    except futures.TimeoutError:
        for process in pool._processes.values():
            process.kill()
        return f'more than {TOO_LONG:.0f} s'
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def loaded(engine: Engine) -> str:
    """Return the cost of the first pattern, with all that it imports."""
    before, start = _megabytes(), time.perf_counter()
    engine('^a$')
    spent = time.perf_counter() - start
    return f'loaded in {spent * 1e3:.0f} ms, {_megabytes() - before:.1f} MB'


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed(engine: Engine) -> str:
    """Return the least time of a usual verdict."""
    search, times = engine('^de-[a-z0-9-]+$'), []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(10_000):
            search('de-web-server-1')
        times.append((time.perf_counter() - start) / 10_000)
    return f'a verdict in {min(times) * 1e6:.2f} µs'


def differences(engine: Engine) -> str:
    """Return which typical patterns it refuses, or decides otherwise."""
    texts = [*_texts(3000)]
    refused, differing = [], {}
    for pattern in TYPICAL:
        try:
            search = engine(pattern)
        except Exception:
            refused.append(pattern)
            continue
        differing[pattern] = _differing(pattern, search, texts)
    reported = [f'{_} {texts!a}' for _, texts in differing.items() if texts]
    return '\n    '.join(
        [
            f'of {len(TYPICAL)} patterns refused: {" ".join(refused)}',
            'decided otherwise than by re:',
            *reported,
        ]
    )


def _differing(pattern: str, search: Search, texts: list[str]) -> list[str]:
    """Return the shortest texts of which *search* says another thing."""
    try:
        search_python = python(pattern)
    except re.error:
        return ['(re has no such pattern)']
    found = [text for text in texts if search(text) != search_python(text)]
    return sorted(found, key=len)[:3]


def _texts(number: int) -> list[str]:
    made = random.Random(1)
    short = map(''.join, itertools.product(_PIECES, repeat=2))
    return [
        *('', *_PIECES, *short),
        *(
            ''.join(made.choices(_PIECES, k=made.randint(1, 9)))
            for _ in range(number)
        ),
    ]


def evil(engine: Engine, number: int, length: int) -> str:
    """Return how long one evil verdict takes on so many characters."""
    pattern, piece, end = EVIL[number]
    search = engine(pattern)
    text = piece * (length // len(piece)) + end
    start = time.perf_counter()
    search(text)
    return f'{length}: {(time.perf_counter() - start) * 1e3:.3g} ms'


if __name__ == '__main__':
    main()
