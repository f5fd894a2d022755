"""Loss terms that several papers share: plain functions from tensors to one number, without weights."""
