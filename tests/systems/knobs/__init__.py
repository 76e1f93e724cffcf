"""What turning each parameter of each kind of system does: a module for each kind, a row for each parameter."""
