"""What is really so: machines, the programs on them, and the kubelet that reports them."""
