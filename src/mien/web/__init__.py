"""The studio: a page to shape an expression live, and the same over HTTP; `mien serve` starts it."""
