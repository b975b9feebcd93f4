"""Take a picture of every staff page at both widths: `scripts/screenshots --staff` runs this.

The pages are those the guards and axe look at, over simulated responses, without those that refuse something.
"""

import re
import sys
import tempfile
from pathlib import Path

from survey.formatting import fold
from survey.services import EXTENSION
from tests.journeys.phones import DESK, PHONE, running_chromium
from tests.journeys.visits import Visit, demo_application, visit_everything
from tests.journeys.windows import Window
from tests.servers import ROOT
from tests.sign_in import admit

PICTURES = ROOT / "docs" / "screenshots" / "staff"
# Of a long table the first rows tell enough.
MOST_HIGH = 1_000
QUALITY = 30


def main(folder: Path) -> None:
    """Make every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        demo_application(Path(scratch)) as app,
        running_chromium() as browser,
    ):
        visits = [visit for visit in visit_everything(app) if _is_pictured(visit)]
        client = app.test_client()
        admit(client, app.extensions[EXTENSION].store, "anh")
        for suffix, options in (("phone", PHONE), ("desk", DESK)):
            window = Window(browser, app, script="script", client=client, **options)
            for visit in visits:
                picture(window, visit, folder / f"{name_of(visit)}-{suffix}.jpg")
            window.context.close()


def _is_pictured(visit: Visit) -> bool:
    return visit.address.startswith("/staff") and visit.language == "vi" and visit.status == 200


def picture(window: Window, visit: Visit, path: Path) -> None:
    """Photograph a page from its top, as far down as is useful."""
    window.open(visit)
    size = window.page.evaluate("() => [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], MOST_HIGH)}
    window.page.screenshot(path=path, type="jpeg", quality=QUALITY, scale="css", full_page=True, clip=clip)


def name_of(visit: Visit) -> str:
    """Return the name of a page as a file is called."""
    return re.sub(r"[^a-z0-9]+", "-", fold(visit.name)).strip("-")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
