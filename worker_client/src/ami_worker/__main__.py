"""`python -m ami_worker` is the command `ami-worker`."""

from ami_worker.cli import main

main()
