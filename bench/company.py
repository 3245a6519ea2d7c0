"""The company that is measured: `narutalk up` as a person starts it, on a data dir of its own."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from tests.company import TODAY, start_company

BENCH_TODAY = date.fromisoformat(TODAY)

running_company = start_company


def load_data(data_dir: Path) -> None:
    """Load the sample company into a data dir, where there is none yet."""
    data_dir.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "services.company_data"],
        env={**os.environ, "NARUTALK_DATA_DIR": str(data_dir), "NARUTALK_TODAY": TODAY},
        check=True,
    )
