"""`python -m rdvdav` is the command `rdvdav`."""

from rdvdav.cli import main

main()
