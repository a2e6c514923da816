"""What the stream is measured against: scripts that know nothing of ours, in an environment of their own."""
