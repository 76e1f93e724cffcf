"""A run played in a terminal: the frame of an instant, the course of the show, and plain lines."""
