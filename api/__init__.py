"""The read side: projection, HTTP API and pages."""
