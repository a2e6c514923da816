"""`python -m deploy.cli`, the same as the console script."""

from deploy.cli import main

main()
