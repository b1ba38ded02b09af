"""Log records as single lines on standard error: one event, one line, whatever the message holds."""

import logging
from datetime import datetime

from gongbu.ground.basics.clock import SHANGHAI


class SingleLine(logging.Formatter):
    """``时刻 级别 记录器 内容``; line breaks (also of a traceback) become ``⏎``, so that a log cannot be forged."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without control characters."""
        moment = datetime.fromtimestamp(record.created, SHANGHAI).isoformat(timespec="milliseconds")
        text = record.getMessage()
        if record.exc_info:
            text += " ⏎ " + self.formatException(record.exc_info)
        clean = text.replace("\r", "").replace("\n", " ⏎ ")
        clean = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in clean)
        return f"{moment} {record.levelname} {record.name} {clean}"
