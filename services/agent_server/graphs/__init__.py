"""Graphs: read from files, made by factories, described by schemas."""
