"""Who decides: one controller a file, each a pure function from what it sees to what shall be done."""
