"""The demo's own day, as a test: what deploy/demo shows must hold in every build."""
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
day = os.path.join(here, "../../deploy/lab/day.py")
sys.exit(subprocess.run(["/usr/bin/python3", "-B", day, *sys.argv[1:]], check=False).returncode)
