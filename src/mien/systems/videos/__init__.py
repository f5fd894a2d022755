"""Systems that make clips."""
