"""PostgreSQL with standbys, and people who fail over."""
