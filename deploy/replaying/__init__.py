"""Replay of much: event files or the topics, slice by slice in bounded memory, in one process or several.

A slice holds whole patients: a partition of the topics, or a share of the patients of the files. Slices know nothing
of each other, so processes share nothing but the count of what is done.
"""
