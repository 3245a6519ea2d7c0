"""Evaluation runs: ask the running company the questions of a dataset, score the answers, compare two runs.

Knows the company only by its HTTP interfaces, and no Django: the manager stores what comes out.
"""
