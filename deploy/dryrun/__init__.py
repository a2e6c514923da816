"""A dry run of an alert policy: recorded events, the real rules, the real notifier, and a channel that only counts.

`sent`, `tally` and `figures` are pure: what left, counted, and shown beside another run. The others play a feed on a
steered clock over a database of their own that is thrown away. Nothing leaves the machine.
"""
