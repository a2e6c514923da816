"""The law as data and pure functions: facts and a rulebook in, clocks with explanations out. No I/O."""
