"""What a PostgreSQL server says to a client that it does not serve (PostgreSQL: postmaster.c, utility.c)."""

READ_ONLY = "cannot execute INSERT in a read-only transaction"
STARTING_UP = "the database system is starting up"
SHUTTING_DOWN = "the database system is shutting down"
