"""What other tools read: traces, tables, metrics, histories and verdicts in their own formats."""
