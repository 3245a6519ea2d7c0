"""Starts every process of NaruTalk on one machine, watches them, and stops them."""
