"""The verbs of the command line, one file each; `mien.__main__` lists them."""
