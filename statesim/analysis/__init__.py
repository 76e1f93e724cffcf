"""What a trace and a history mean: intervals, metrics, expectations, causes. Reads, and never simulates."""
