"""A real Horizon on the small real cloud, with attributes hidden."""
