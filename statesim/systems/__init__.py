"""Cluster roles: what runs inside the pods, one system a package, on the shared parts beside them."""
