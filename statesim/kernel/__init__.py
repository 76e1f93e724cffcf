"""Time, chance and the record: knows no domain word, and is the only importer of simpy."""
