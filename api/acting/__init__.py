"""From what staff ask for to a command or a fact on its way, and to its answer. The worker decides, nobody here."""
