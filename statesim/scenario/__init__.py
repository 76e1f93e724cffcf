"""What the user wrote: the scenario file, the Kubernetes manifests it names, and their units."""
