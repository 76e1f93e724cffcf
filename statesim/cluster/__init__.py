"""What exists, passive: Kubernetes objects, the store with its one write gate, identity, the network."""
