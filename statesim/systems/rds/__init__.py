"""A database that a provider runs outside the cluster."""
