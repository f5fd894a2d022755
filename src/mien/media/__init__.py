"""Files and arrays: the one safe loader of pictures, and the writers of pictures and films."""
