"""Systems that make images."""
