"""`python -m tools.sample_company --data-dir DIR`: load the sample company."""

import argparse
import sys
from pathlib import Path

from narutalk.settings import load_settings
from tools.sample_company.load import load_sample_company


def main() -> None:
    """Load the sample company and say what was loaded."""
    parser = argparse.ArgumentParser(prog="python -m tools.sample_company", description=main.__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="where databases and documents go")
    summary = load_sample_company(load_settings(data_dir=parser.parse_args().data_dir))
    counts = {**summary.rows, "documents": summary.documents}
    lines = [f"{table:>16} {count:>7,}" for table, count in counts.items()]
    lines.append(f"loaded in {summary.seconds:.1f} s" if summary.rows else "the databases were not empty")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
