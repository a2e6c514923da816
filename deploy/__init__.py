"""The composition root: settings, command line and the processes built from the rooms."""
