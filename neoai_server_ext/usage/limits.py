"""The limits on a month's costs: the user's own, kept in a file, below the administrator's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from .. import errors
from ..privatefiles import write_private
from .models import LimitsWanted


@dataclass(frozen=True)
class Effective:
    """What counts, and who set the hard limit. None: no limit."""

    soft_usd: float | None
    hard_usd: float | None
    is_administrators: bool = False

    def state(self, cost: float) -> str:
        """`ok`, `soft` or `hard`."""
        if self.hard_usd is not None and cost >= self.hard_usd:
            return "hard"
        return "soft" if self.soft_usd is not None and cost >= self.soft_usd else "ok"

    def notice(self, cost: float) -> str:
        """What is to be said of it; empty while all is well."""
        state = self.state(cost)
        if state == "hard":
            return self.over_hard()
        if state == "soft":
            return (
                f"This month's costs of models are over the soft limit of {_usd(self.soft_usd)}. "
                "The Usage panel says what they were for."
            )
        return ""

    def over_hard(self) -> str:
        """That no model is asked any more, and the way out."""
        return (
            f"This month's limit of {_usd(self.hard_usd)} for models is reached, so none is asked. "
            f"{self._way}; it counts anew from the first of next month (UTC)."
        )

    def held(self) -> str:
        """That what is under way may use up the rest."""
        return (
            "The requests that are under way may cost what is left of this month's limit of "
            f"{_usd(self.hard_usd)} for models. Try again when they are over. {self._way}."
        )

    @property
    def _way(self) -> str:
        if self.is_administrators:
            return (
                "Whoever runs this server set it (c.UsageService.hard_limit_usd) and can raise it"
            )
        return "Raise it in the Usage panel, or with PUT /neoai/v1/ai/limits"


def _usd(limit: float | None) -> str:
    assert limit is not None
    return f"${limit:.2f}" if limit == 0 or limit >= 0.01 else f"${limit:g}"


def effective(own: LimitsWanted, administrators: LimitsWanted) -> Effective:
    """Of two limits the lower one counts."""
    hard = _lower(own.hard_usd, administrators.hard_usd)
    return Effective(
        soft_usd=_lower(own.soft_usd, administrators.soft_usd),
        hard_usd=hard,
        is_administrators=hard is not None and hard == administrators.hard_usd,
    )


def _lower(one: float | None, other: float | None) -> float | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


class OwnLimits:
    """The user's own limits in `file`, read anew each time: a server and commands in terminals
    share it. Everything blocks."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> LimitsWanted:
        """The limits, none where none were set. Raises Unavailable (`limits-unreadable`): a limit
        that cannot be read must not be a limit that is not there."""
        try:
            return LimitsWanted.model_validate(json.loads(self._file.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return LimitsWanted()
        except (OSError, ValueError, ValidationError) as error:
            raise errors.Unavailable(
                "Your limits on the costs of models cannot be read, so no model is asked. Set them "
                f"again in the Usage panel, or remove {self._file}.",
                code="limits-unreadable",
            ) from error

    def write(self, wanted: LimitsWanted) -> None:
        """Keep the limits, whole or not at all. Raises StorageFull."""
        try:
            write_private(self._file, wanted.model_dump_json())
        except OSError as error:
            raise errors.StorageFull(
                f"The limits could not be kept in {self._file}: {error.strerror}."
            ) from error
