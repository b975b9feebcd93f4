"""The program as a server starts it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_setting_that_cannot_be_is_told_in_one_line(tmp_path):
    environment = os.environ | {"PUBLIC_URL": "ftp://khaosat", "HAI_LONG_INSTANCE": str(tmp_path)}
    made = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 1
    expected = "hai-long: PUBLIC_URL must look like https://khaosat.example.gov.vn, not 'ftp://khaosat'"
    assert made.stderr.strip() == expected
