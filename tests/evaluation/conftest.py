"""The tests of reductions share their points: any of them may import its neighbours."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
