"""What holds for all tests."""

import hypothesis

# How fast a machine makes examples is no rule of the guard's.
hypothesis.settings.register_profile(
    'any machine',
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile('any machine')
