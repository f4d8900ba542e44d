"""What the machine looks like from python and from C."""

import sysconfig

from ._probe import word_bits

__all__ = ["machine", "word_bits"]


def machine():
    """The multiarch name that this python was built for."""
    return sysconfig.get_config_var("MULTIARCH")
