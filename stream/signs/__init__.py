"""Leading signs: that something is going wrong beside a legal clock, before the clock itself says so. Pure."""

from stream.signs.looking import signs
from stream.signs.patient import Looker
from stream.signs.rising import rising
from stream.signs.settings import SignSettings
from stream.signs.sign import NAMES, PATHWAY_WIDE, Name, Sign

__all__ = ["NAMES", "PATHWAY_WIDE", "Looker", "Name", "Sign", "SignSettings", "rising", "signs"]
