"""Pictures, tables, reports and files, all drawn from records; the only importer of matplotlib."""
