"""The judge: what a client's history proves, by checkers that know nothing of faults or systems."""
