"""The steps. Each is written once and never changed after it was released."""
