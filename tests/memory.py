"""How much memory is held, as Python counts it."""

import gc
import tracemalloc


def held(work):
    """Return the bytes that are held after *work*, and were not before.

    What it returns is held meanwhile.
    """
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = work()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del kept
        return after - before
    finally:
        tracemalloc.stop()


def held_by(file, work):
    """Return the bytes that lines of *file* hold after *work*.

    Other threads of the process, and its coverage, take memory meanwhile.
    """
    gc.collect()
    tracemalloc.start()
    try:
        kept = work()
        here = tracemalloc.Filter(True, file)
        snapshot = tracemalloc.take_snapshot().filter_traces([here])
        del kept
        return sum(trace.size for trace in snapshot.traces)
    finally:
        tracemalloc.stop()
