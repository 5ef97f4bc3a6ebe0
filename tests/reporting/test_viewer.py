"""The viewer in a browser that cannot reach any host: every atom is drawn, every control works."""

import io

import numpy as np
import pytest
from PIL import Image


class Watched:
    """A page whose every request and complaint is kept."""

    def __init__(self, browser, path, **options):
        self.complaints, self.requests = [], []
        self.page = browser.new_page(**({"viewport": {"width": 1000, "height": 800}} | options))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.viewer = self.page.locator("#viewer")

    def ready(self):
        self.page.wait_for_selector("#viewer[data-ready=true]", timeout=20_000)
        return self

    def colours(self):
        self.page.wait_for_selector("#viewer[data-fine=true]")
        pixels = np.asarray(Image.open(io.BytesIO(self.page.locator("canvas").screenshot())).convert("RGB"))
        return pixels.reshape(-1, 3).astype(int)

    def do(self, code):
        place = "const v = document.getElementById('viewer').epidotViewer;"
        return self.page.evaluate(f"(() => {{ {place} {code} }})()")

    def look(self, direction):
        self.do(f"v.turntable.look({direction})")

    def seen(self):
        """Indices of the atoms that own at least one pixel."""
        return set(self.do("return [...new Set(v.owners(700, 600))]")) - {-1}


@pytest.fixture
def opened(chromium, tetrapod_report):
    watched = Watched(chromium, tetrapod_report).ready()
    yield watched
    assert watched.complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in watched.requests)
    watched.page.close()


def bluish(pixels):
    return int(((pixels[:, 2] - pixels[:, 0] > 60) & (pixels[:, 2] - pixels[:, 1] > 30)).sum())


def test_every_computed_atom_is_drawn(opened, small_tetrapod):
    assert opened.viewer.get_attribute("data-natoms") == str(len(small_tetrapod.structure.numbers))
    assert opened.viewer.get_attribute("data-iso") == "electron hole"
    assert opened.viewer.get_attribute("data-show") == "x-ray"


def test_picture_is_not_blank(opened):
    pixels = opened.colours()
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    assert len(values) > 500
    assert counts.max() < 0.97 * len(pixels)


def test_isosurfaces_switch_off_and_on(opened):
    both = bluish(opened.colours())
    opened.page.get_by_role("checkbox", name="Electron").uncheck()
    opened.page.wait_for_selector("#viewer[data-iso=hole]")
    without = bluish(opened.colours())
    assert both > 3 * max(without, 1)
    opened.page.get_by_role("checkbox", name="Hole").uncheck()
    opened.page.wait_for_selector("#viewer[data-iso='']")
    opened.page.get_by_role("checkbox", name="Electron").check()
    opened.page.wait_for_selector("#viewer[data-iso=electron]")
    assert bluish(opened.colours()) > 3 * max(without, 1)


@pytest.mark.parametrize("mode", ["element", "phase", "strain", "electron", "hole"])
def test_each_colour_mode_repaints(opened, mode):
    opened.page.get_by_label("Show").select_option("whole")
    before = opened.colours()
    opened.page.get_by_label("Colour by").select_option(mode)
    opened.page.wait_for_selector(f"#viewer[data-colour={mode}]")
    after = opened.colours()
    drawn = (before != before[0]).any(axis=1)
    assert (before[drawn] != after[drawn]).any(axis=1).mean() > 0.2
    assert opened.page.locator(".ev-legend").inner_text()


def test_cutting_opens_the_particle(chromium, bare_dot_report):
    watched = Watched(chromium, bare_dot_report).ready()
    assert watched.viewer.get_attribute("data-show") == "cut"
    watched.look([1, 1, 1])
    watched.page.get_by_role("button", name="Cut towards me").click()
    cut = watched.seen()
    watched.page.get_by_label("Show").select_option("whole")
    whole = watched.seen()
    assert len(cut - whole) > 20
    watched.page.close()


def test_culling_hides_nothing_that_can_be_seen(opened):
    opened.page.get_by_label("Show").select_option("whole")
    deep = "const d = v.payload.array('depth'), h = v.payload.header; "
    assert opened.do(deep + "return d.filter((x) => x * h.depthStep > h.hiddenBelow).length") > 100
    for direction in ([1, 1, 0], [1, 1, 1], [0, 0, 1], [0.3, -0.5, 0.81], [1, 1, 0.04], [1, -1, 0]):
        opened.look(direction)
        opened.do("window.culled = v.owners(700, 600); window.complete = v.owners(700, 600, false)")
        assert opened.page.evaluate("culled.filter((owner, pixel) => owner !== complete[pixel]).length") == 0
        assert opened.page.evaluate("complete.filter((owner) => owner >= 0).length") > 50_000


def test_keyboard_turns_and_reset_returns(opened):
    start = opened.colours()
    opened.page.locator("canvas").focus()
    opened.page.keyboard.press("ArrowLeft")
    assert (opened.colours() != start).any()
    opened.page.get_by_role("button", name="Reset view").click()
    # the ring of the focus remains
    assert (opened.colours() == start).all(axis=1).mean() > 0.995


def test_mouse_turns_and_a_click_names_an_atom(opened):
    opened.page.get_by_label("Show").select_option("whole")
    start = opened.colours()
    box = opened.page.locator("canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.click(*middle)
    assert opened.page.locator(".ev-note").inner_text().startswith("Atom ")
    opened.page.mouse.move(*middle)
    opened.page.mouse.down()
    opened.page.mouse.move(middle[0] + 80, middle[1] + 20, steps=3)
    opened.page.mouse.up()
    assert (opened.colours() != start).any()


def test_bonds_can_be_shown(opened, small_tetrapod):
    before = opened.colours()
    opened.page.get_by_role("checkbox", name="Bonds").check()
    after = opened.colours()
    assert (before != after).any()
    assert opened.viewer.get_attribute("data-natoms") == str(len(small_tetrapod.structure.numbers))


def test_scale_bar_has_the_length_that_it_says(opened, small_tetrapod):
    opened.page.get_by_label("Show").select_option("whole")
    opened.look([0, 0, 1])
    opened.page.wait_for_selector("#viewer[data-fine=true]")
    columns = opened.do(
        "const o = v.owners(700, 600); const c = [...o.keys()].filter((p) => o[p] >= 0).map((p) => p % 700);"
        "return [c.reduce((a, b) => Math.min(a, b)), c.reduce((a, b) => Math.max(a, b))]"
    )
    bar = opened.page.locator(".ev-scale")
    nm_per_pixel = float(bar.inner_text().split()[0]) / bar.bounding_box()["width"]
    # the picture of owners squeezes the width of the canvas into 700 pixels
    shrink = opened.page.locator("canvas").bounding_box()["width"] / 700
    seen = (columns[1] - columns[0] + 1) * shrink * nm_per_pixel
    # the outermost spheres add their radii: 2.5 Å for anions, 1.6 Å for cations
    span = 0.1 * np.ptp(small_tetrapod.relaxed.positions[:, 0])
    assert 0.3 < seen - span < 0.55


def test_picture_can_be_saved(opened, tmp_path):
    with opened.page.expect_download() as waiting:
        opened.page.get_by_role("button", name="Save picture").click()
    waiting.value.save_as(tmp_path / "particle.png")
    picture = np.asarray(Image.open(tmp_path / "particle.png").convert("RGB"))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500
    assert tuple(picture[5, -5]) == (255, 255, 255)


def test_dark_pages_get_dark_paper(chromium, tetrapod_report):
    watched = Watched(chromium, tetrapod_report, color_scheme="dark").ready()
    corner = watched.colours()[-1]
    assert corner.max() < 60
    watched.page.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_page_fits_the_width(chromium, tetrapod_report, width):
    watched = Watched(chromium, tetrapod_report, viewport={"width": width, "height": 800}).ready()
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    watched.page.close()


def test_without_webgl_a_still_picture_is_shown(chromium, tetrapod_report):
    context = chromium.new_context()
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = context.new_page()
    page.goto(tetrapod_report.as_uri())
    page.wait_for_selector("#viewer[data-webgl=missing]")
    assert page.locator(".ev-still").is_visible()
    assert "WebGL" in page.locator("#viewer .ev-message").inner_text()
    context.close()
