"""`python -m infragate`: the same program as the console script."""

from infragate.tasks import main

main()
