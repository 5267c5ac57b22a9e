"""The command line: `jupyter neoai ask`, `doctor`, `openapi` and `search`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jupyter_core.application import JupyterApp
from traitlets import Bool, Int, List, Unicode, default
from traitlets.config import Config

from . import __version__


class _ServerConfigApp(JupyterApp):
    """A command that reads the server's own configuration files."""

    version = __version__

    @default("config_file_name")
    def _default_config_file_name(self) -> str:
        return "jupyter_server_config"

    def extension(self) -> Any:
        """Our extension with that configuration, on no running server."""
        from .extension import NeoAIExtension

        config = Config(self.config)
        return NeoAIExtension(config=config)


class DoctorApp(_ServerConfigApp):
    """Print what is installed, configured and missing, and how to mend it."""

    name = "jupyter-neoai-doctor"
    description = __doc__
    examples = "jupyter neoai doctor\njupyter neoai doctor --repair"

    repair = Bool(
        False,
        help="Set a damaged or newer database aside, so that a new one is made; deletes nothing.",
    ).tag(config=True)

    json_output = Bool(False, help="Print the findings as JSON.").tag(config=True)

    flags = {
        "repair": ({"DoctorApp": {"repair": True}}, repair.help),
        "json": ({"DoctorApp": {"json_output": True}}, json_output.help),
        "debug": JupyterApp.flags["debug"],
    }

    def start(self) -> None:
        """Examine, print, and exit with 1 where something has failed."""
        super().start()
        from . import doctor

        extension = self.extension()
        if self.repair:
            for line in doctor.repair(extension):
                print(line)
        findings = doctor.examine(extension)
        if self.json_output:
            print(json.dumps([vars(finding) for finding in findings], indent=2))
        else:
            print(doctor.render(findings, colour=sys.stdout.isatty()))
        self.exit(1 if any(finding.status == "failed" for finding in findings) else 0)


class OpenAPIApp(_ServerConfigApp):
    """Print the OpenAPI document, or write it to the file named."""

    name = "jupyter-neoai-openapi"
    description = __doc__
    examples = "jupyter neoai openapi\njupyter neoai openapi openapi.json"

    def start(self) -> None:
        """Print or write the document."""
        super().start()
        from .http.openapi import document

        text = json.dumps(document(self.extension().routes), indent=2, sort_keys=True) + "\n"
        if self.extra_args:
            Path(self.extra_args[0]).write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)


class AskApp(_ServerConfigApp):
    """Ask the configured models a question; needs no running server."""

    name = "jupyter-neoai-ask"
    description = """Ask the configured models a question; needs no running server.

    What is piped in is the question where there are no words, and goes along with it otherwise.
    Exit status: 0 answered, 1 no model gave a complete reply, 2 misused, 130 interrupted."""
    examples = (
        'jupyter neoai ask "What does this do?" --file=kitchen.py\n'
        'git diff | jupyter neoai ask "Write a commit message"\n'
        'jupyter neoai ask --project=. "Where is the pot heated?"'
    )

    files = List(Unicode(), help="A file that goes along; may be given several times.").tag(
        config=True
    )
    model = Unicode("auto", help="`provider/model`; `auto` is the route's choice.").tag(config=True)
    project = Unicode("", help="The folder whose passages and rules go along.").tag(config=True)
    json_output = Bool(False, help="Print the answer as one JSON object at its end.").tag(
        config=True
    )

    aliases = {
        "file": "AskApp.files",
        "model": "AskApp.model",
        "project": "AskApp.project",
    }
    flags = {
        "json": ({"AskApp": {"json_output": True}}, json_output.help),
        "debug": JupyterApp.flags["debug"],
    }

    def start(self) -> None:
        """Ask, print the answer as it comes, and exit."""
        super().start()
        from . import terminal
        from .ai import ask

        try:
            piped = None if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer
            question = ask.question(self.extra_args, self.files, self.model, self.project, piped)
            status = ask.run(self.extension(), question, as_json=self.json_output)
        except terminal.Misused as error:
            print(error, file=sys.stderr)
            status = terminal.MISUSED
        except BrokenPipeError:
            status = terminal.pipe_closed()
        except KeyboardInterrupt:
            status = terminal.INTERRUPTED
        self.exit(status)


class SearchApp(_ServerConfigApp):
    """Find the passages of a folder's files that answer a question; needs no running server."""

    name = "jupyter-neoai-search"
    description = """Find the passages of a folder's files that answer a question.

    Needs no running server and no model. The index is made, or brought up to date, first.
    Exit status: 0 found, 1 nothing found, 2 misused, 130 interrupted."""
    examples = (
        'jupyter neoai search "where is the pot heated"\n'
        "jupyter neoai search --project=../shop --kinds=source,test price\n"
        "jupyter neoai search --symbols heat"
    )

    project = Unicode(".", help="The folder that is searched.").tag(config=True)
    k = Int(10, min=1, max=100, help="At most so many passages.").tag(config=True)
    kinds = Unicode(
        "", help="Only these kinds of files, of `source`, `test`, `doc` and `config`, with commas."
    ).tag(config=True)
    symbols = Bool(False, help="Find definitions by parts of their names.").tag(config=True)
    json_output = Bool(False, help="Print one JSON object.").tag(config=True)

    aliases = {
        "project": "SearchApp.project",
        "k": "SearchApp.k",
        "kinds": "SearchApp.kinds",
    }
    flags = {
        "symbols": ({"SearchApp": {"symbols": True}}, symbols.help),
        "json": ({"SearchApp": {"json_output": True}}, json_output.help),
        "debug": JupyterApp.flags["debug"],
    }

    def start(self) -> None:
        """Search, print what is found, and exit."""
        super().start()
        from . import terminal
        from .index import command

        try:
            wanted = command.wanted(
                self.extra_args, self.project, self.k, self.kinds, symbols=self.symbols
            )
            status = command.run(self.extension(), wanted, as_json=self.json_output)
        except terminal.Misused as error:
            print(error, file=sys.stderr)
            status = terminal.MISUSED
        except BrokenPipeError:
            status = terminal.pipe_closed()
        self.exit(status)


class NeoAIApp(JupyterApp):
    """NeoAI's own commands."""

    name = "jupyter-neoai"
    description = __doc__
    version = __version__
    subcommands = {
        "ask": (AskApp, AskApp.__doc__),
        "doctor": (DoctorApp, DoctorApp.__doc__),
        "openapi": (OpenAPIApp, OpenAPIApp.__doc__),
        "search": (SearchApp, SearchApp.__doc__),
    }

    def start(self) -> None:
        """Run the subcommand; without one, list them."""
        super().start()
        self.print_help()
        self.exit(2)


main = NeoAIApp.launch_instance
