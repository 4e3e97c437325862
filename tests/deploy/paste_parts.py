"""Factories for paste files; what they make tells what stands before what."""


def app(_global_conf, *, label):
    """Return an app: its label alone."""
    return (label,)


def filter(_global_conf, *, label):  # noqa: A001  as Paste calls it
    """Return a filter: its label before those of the app."""
    return lambda app: (label, *app)


def pipeline_factory_v21(loader, _global_conf, **local_conf):
    """Build what nova's factory of this name builds."""
    *filters, app = local_conf['keystone'].split()
    filters = [loader.get_filter(name) for name in filters]
    app = loader.get_app(app)
    for each in reversed(filters):
        app = each(app)
    return app


class Urlmap(list):
    """The apps of a map of paths."""


def urlmap_factory(loader, global_conf, **local_conf):
    """Build what nova's factory of this name builds."""
    return Urlmap(
        loader.get_app(name, global_conf=global_conf)
        for name in local_conf.values()
    )
