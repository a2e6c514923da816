"""How a message leaves: its text, and the channels that carry it."""
