"""The v3 event protocol: a thread's runs as one numbered stream of events, and commands to the thread.

A run that is started by a command records what every run records (`values`, `updates`, `custom`, `tasks`,
in the shapes that readers of the run's own stream know) and beside it what only this protocol has, under
names that begin with `recording.ADDED`. The stream of a thread is a view of these records, made anew for each
reader: nothing else is stored, so that every instance numbers the events alike.
"""
