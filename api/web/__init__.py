"""The pages, in Danish: rendered on the server, complete without JavaScript, for keyboard and screen reader too."""
