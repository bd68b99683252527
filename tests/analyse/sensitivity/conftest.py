"""The tests of sensitivity share published functions with their exact indices."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
