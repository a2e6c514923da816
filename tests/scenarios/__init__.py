"""Warnings told as stories: what happens at which local time, and who must be told what by when."""
