"""The command line: `jupyter neoai doctor` and `jupyter neoai openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jupyter_core.application import JupyterApp
from traitlets import Bool, default
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


class NeoAIApp(JupyterApp):
    """NeoAI's own commands."""

    name = "jupyter-neoai"
    description = __doc__
    version = __version__
    subcommands = {
        "doctor": (DoctorApp, DoctorApp.__doc__),
        "openapi": (OpenAPIApp, OpenAPIApp.__doc__),
    }

    def start(self) -> None:
        """Run the subcommand; without one, list them."""
        super().start()
        self.print_help()
        self.exit(2)


main = NeoAIApp.launch_instance
