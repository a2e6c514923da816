"""The demo: everything in one process on this machine, with a simulated country or a file of events, in fast time."""
