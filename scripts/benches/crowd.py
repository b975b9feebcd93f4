"""The load client of the peers, each visit at another counter: `python -m scripts.benches.crowd FOLDER URL PATHS …`.

PATHS is a file of paths, one a line; visits take them in turn. Prints what the load client prints.
"""

import argparse
import importlib.util
import json
import threading
from itertools import cycle
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Press as the load client does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peers", type=Path)
    parser.add_argument("address")
    parser.add_argument("paths", type=Path)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--most", type=int, required=True)
    options = parser.parse_args()
    crowd = _wandering(_load(options.peers / "respondents.py"), options)
    print(json.dumps(crowd.run(options.clients)))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("respondents", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _wandering(respondents: ModuleType, options: argparse.Namespace):  # noqa: ANN202  # of a class made here
    paths, own, turn = cycle(options.paths.read_text().split()), threading.local(), threading.Lock()

    class Wandering(respondents.Crowd):  # type: ignore[misc, name-defined]
        """Gives each visit, form and answer, a path of its own."""

        path = property(lambda _self: own.path, lambda _self, path: setattr(own, "path", path))

        def one(self, rnd):  # noqa: ANN001, ANN202  # as the load client has it
            with turn:
                path = next(paths)
            own.path = path
            return super().one(rnd)

    return Wandering(options.address, options.seconds, options.most)


if __name__ == "__main__":
    main()
