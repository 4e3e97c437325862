"""The canary: marked values in a whole nova, and where they come out.

As a command, ``python -m tests.canary``, it walks all of nova's routes.
"""

from tests import whole_nova  # noqa: F401  before nova itself
