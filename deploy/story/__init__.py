"""The story of a pathway for an auditor: what was known, when, by what cause, and who was told.

`gathering` reads it of one moment of the records, `blocks` puts it in order as JSON values, `text` writes those for a
reader. The last two are pure.
"""
