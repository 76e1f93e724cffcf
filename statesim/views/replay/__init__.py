"""The replay: a run as one document, and pages and widgets that play it. Nothing is simulated here."""
