"""Sets of faces: people who do not exist, photos cut as they are, and the batches that systems learn from."""
