"""The embedded transport: an in-process log of records in one SQLite file, for one process.

What it promises. An acknowledged store is one SQLite transaction in WAL mode. Kill -9 loses nothing that was
acknowledged, whatever the setting. With ``synchronous=full`` (the default) each transaction is synced to disk before it
is acknowledged, so a power cut loses nothing acknowledged either, as far as the disk keeps its word; with ``normal`` a
power cut may lose the transactions of the last moments, never a part of one and never the file.

Outputs, rows and the offset of a run are one transaction: nothing is done twice either.

What was acknowledged is there, or the log is refused: records, offsets and topics carry checksums (layout.py), and the
seal (seal.py) knows the last transaction that was acknowledged. deploy/docs/embedded.md is for those who run it.
"""
