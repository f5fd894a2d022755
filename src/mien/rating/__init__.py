"""A paired test with people: the page that asks, the answers it saves, the figures read from them."""
