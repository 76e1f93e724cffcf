"""Cluster roles: what runs inside the pods, one system a file, on shared parts."""
