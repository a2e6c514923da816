"""What is kept in SQL about warnings: the ledger as a hash chain, its daily heads, and the text of notes.

The modules on entries, hashes, heads and faults are pure; the others talk to the database and block while they do.
"""
