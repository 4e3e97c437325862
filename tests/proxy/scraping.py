"""The metrics of a running proxy."""

from prometheus_client.parser import text_string_to_metric_families

from tests.proxy.client import request, send

SCRAPE = 'GET /metrics'


def samples(address):
    """Return the samples that are read, by name and labels."""
    response = send(address, request(SCRAPE, token=None))
    assert response.status == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.body.decode())
        for sample in family.samples
    }


def total(found, name, **labels):
    """Return the sum of all that are called *name* and have *labels*."""
    return sum(
        value
        for (called, *reported), value in found.items()
        if called == f'nova_update_guard_{name}'
        and labels.items() <= dict(reported).items()
    )


def grown(address, name, **labels):
    """Return a function that returns the growth of a metric since."""
    before = total(samples(address), name, **labels)
    return lambda: total(samples(address), name, **labels) - before
