"""The notifier as a process: the Faust app that feeds it, the tasks that send, and what it needs from outside."""
