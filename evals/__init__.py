"""Datasets, evaluators and the runner that asks NaruTalk and scores what it answers; knows no Django."""
