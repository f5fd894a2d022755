"""Faces: found, fitted, shown with another expression, and measured."""
