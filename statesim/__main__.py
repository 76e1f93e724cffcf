"""`python -m statesim`: the command line."""

from statesim.cli import main

main()
