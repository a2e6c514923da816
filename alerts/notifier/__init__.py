"""Who is told of a warning, when and until when: plans are pure, the outbox is in SQL, the sender sends.

`watched`, `news`, `draft`, `planning`, `stages`, `batches` and `backoff` are pure; the others talk to the database and
block while they do, apart from `sender` and `notifier`, which wait.
"""
