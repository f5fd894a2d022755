"""How well a small classifier learns expressions from a set, with and without made pictures."""
