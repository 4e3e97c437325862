"""Counts over time, in a limited number of spans of equal length."""

from datetime import datetime, timedelta, timezone

# A Monday; so all spans begin where a clock or a calendar has a mark.
_ORIGIN = datetime(1, 1, 1, tzinfo=timezone.utc)
# In seconds. Each is a multiple of the one before, so that spans of one width
# fit into those of the next; after these the width doubles.
_WIDTHS = (60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800)


class Timeline:
    """Counts by kind and time, in *most* spans or fewer.

    The spans are as short as the whole time allows, in any order of counting.
    """

    def __init__(self, most: int, kinds: int) -> None:
        self._most = most
        self._kinds = kinds
        self._width = _WIDTHS[0]
        # By number of the span since the origin, a count of each kind.
        self._spans: dict[int, list[int]] = {}
        self._first = self._last = -1

    def count(self, time: datetime, kind: int, weight: int) -> None:
        """Add *weight* to the count of *kind*, at a *time* in UTC."""
        since = time - _ORIGIN
        number = (since.days * 86400 + since.seconds) // self._width
        span = self._spans.get(number)
        if span is None:
            number = self._reach(number)
            span = self._spans.setdefault(number, [0] * self._kinds)
        span[kind] += weight

    @property
    def width(self) -> timedelta:
        """The length of one span."""
        return timedelta(seconds=self._width)

    def spans(self) -> list[tuple[datetime, list[int]]]:
        """Return the start of each span with its counts, gaps included."""
        if not self._spans:
            return []
        return [
            (
                _ORIGIN + number * self.width,
                self._spans.get(number, [0] * self._kinds),
            )
            for number in range(self._first, self._last + 1)
        ]

    def _reach(self, number: int) -> int:
        """Widen the spans until *number* fits in; return its new number."""
        if not self._spans:
            self._first = self._last = number
        self._first = min(self._first, number)
        self._last = max(self._last, number)
        while self._last - self._first >= self._most:
            number //= self._widen()
        return number

    def _widen(self) -> int:
        """Merge spans into wider ones; return the number that makes one."""
        wider = [width for width in _WIDTHS if width > self._width]
        width = wider[0] if wider else self._width * 2
        times = width // self._width
        spans: dict[int, list[int]] = {}
        for number, counts in self._spans.items():
            into = spans.setdefault(number // times, [0] * self._kinds)
            for kind, count in enumerate(counts):
                into[kind] += count
        self._width = width
        self._spans = spans
        self._first //= times
        self._last //= times
        return times
