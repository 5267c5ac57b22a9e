"""`python -m neoai_server_ext` is `jupyter neoai`."""

from .app import main

main()
