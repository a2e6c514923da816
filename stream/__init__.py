"""From an event to a decision: facts, the law, the engine and the stream worker."""
