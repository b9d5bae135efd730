"""Pictures: thermal image, screenshots, colour bars, isotherms."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from fixtures.camera.picture.palettes import colour, palette

if TYPE_CHECKING:
    from tests.camera.physics.conftest import Bench


def decoded(content: str | bytes) -> np.ndarray:
    data = base64.b64decode(content) if isinstance(content, str) else content
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB")).astype(int)


def test_the_thermal_image_is_a_jpeg_behind_its_url(bench: Bench) -> None:
    reply = bench.ask(522)
    pixels = decoded(reply["image_content"])
    assert pixels.shape == (384, 512, 3)
    assert (reply["image_width"], reply["image_height"]) == ("512", "384")
    assert bench.store.files[reply["image_url"]] == base64.b64decode(reply["image_content"])


def test_earlier_thermal_images_stay_where_they_were_for_a_while(bench: Bench) -> None:
    replies = []
    for _ in range(10):
        replies.append(bench.ask(522))
        bench.clock.uptime += 1
    contents = [base64.b64decode(reply["image_content"]) for reply in replies]
    assert [bench.store.files[reply["image_url"]] for reply in replies] == contents
    assert len(set(contents)) == 10


def test_the_visible_screenshot_is_a_jpeg_in_full_size(bench: Bench) -> None:
    reply = bench.ask(523, type=1)
    assert decoded(reply["image_content"]).shape == (1080, 1920, 3)
    assert (reply["image_width"], reply["image_height"]) == (1920, 1080)


@pytest.mark.parametrize(("kind", "size", "channels"), [(2, (256, 192), 3), (3, (512, 384), 4)])
def test_raw_screenshots_have_the_printed_sizes(bench: Bench, kind: int, size: tuple[int, int], channels: int) -> None:
    reply = bench.ask(523, type=kind)
    assert (reply["image_width"], reply["image_height"]) == size
    raw = np.frombuffer(base64.b64decode(reply["image_content"]), np.uint8)
    assert raw.size == size[0] * size[1] * channels
    if channels == 4:
        assert (raw[3::4] == 255).all()
    assert raw.std() > 1


def test_hot_things_are_bright_where_they_are(bench: Bench) -> None:
    bench.set(2, color_bar=1, color_show=0)
    bench.scene.heat("plate", 201, 101, 60, 40, 90.0, 0.95)
    pixels = decoded(bench.imaging.jpeg("ir"))
    assert pixels[110:130, 210:250].min() > 200
    assert pixels[300:320, 400:440].max() < 90
    bench.set(2, color_bar=2)
    assert decoded(bench.imaging.jpeg("ir"))[110:130, 210:250].max() < 60


def test_a_reversed_image_is_turned_around(bench: Bench) -> None:
    bench.set(2, color_bar=1, color_show=0)
    bench.scene.heat("plate", 1, 1, 60, 40, 90.0, 0.95)
    bench.set(6, ir_config={"reverse": 1})
    pixels = decoded(bench.imaging.jpeg("ir"))
    assert pixels[370, 500].min() > 200
    assert pixels[10, 10].max() < 90


def test_brightness_makes_both_images_brighter(bench: Bench) -> None:
    bench.set(2, color_bar=1)
    before = {stream: decoded(bench.imaging.jpeg(stream)).mean() for stream in ("ir", "vl")}
    bench.set(6, ir_config={"brightness": 90}, vl_config={"brightness": 90})
    assert decoded(bench.imaging.jpeg("ir")).mean() > before["ir"] + 10
    assert decoded(bench.imaging.jpeg("vl")).mean() > before["vl"] + 10


@pytest.mark.parametrize(
    ("kind", "high", "low"), [(1, False, False), (2, True, False), (3, False, True), (5, True, True)]
)
def test_isotherms_colour_what_lies_beyond_their_thresholds(bench: Bench, kind: int, high: bool, low: bool) -> None:
    bench.scene.heat("hot", 1, 1, 40, 40, 90.0, 0.95)
    bench.scene.heat("cold", 1, 201, 40, 40, -10.0, 0.95)
    bench.set(
        2, isot_flag=1, isot_type=kind, isot_high=60, isot_low=0, isot_high_color="#00ff00", isot_low_color="#0000fe"
    )
    pixels = bench.imaging.thermal(bench.clock.now()).pixels()
    assert (tuple(pixels[5, 5]) == (0, 255, 0)) is high
    assert (tuple(pixels[110, 5]) == (0, 0, 254)) is low


def test_the_isotherm_in_the_interval_colours_what_lies_between(bench: Bench) -> None:
    bench.set(2, isot_flag=1, isot_type=4, isot_high=60, isot_low=0, isot_high_color="#00ff00")
    assert tuple(bench.imaging.thermal(bench.clock.now()).pixels()[100, 200]) == (0, 255, 0)


def test_text_and_colour_bar_are_drawn_into_the_image(bench: Bench) -> None:
    bench.set(2, color_show=0)
    plain = decoded(bench.imaging.jpeg("ir"))
    bench.set(2, color_show=1)
    assert np.abs(decoded(bench.imaging.jpeg("ir")) - plain)[:, -10:].mean() > 20
    bench.set(2, color_show=0, show_string=5, show_desc="Gate 4 温")
    assert np.abs(decoded(bench.imaging.jpeg("ir")) - plain)[-20:, -80:].max() > 100


def test_a_covered_lens_makes_the_visible_picture_dark_and_a_flame_shows(bench: Bench) -> None:
    room = decoded(bench.imaging.jpeg("vl"))
    bench.causes.flame = True
    flame = decoded(bench.imaging.jpeg("vl"))
    assert np.abs(flame - room).max() > 80
    bench.causes.window_dirty = True
    assert not np.array_equal(decoded(bench.imaging.jpeg("vl")), flame)
    bench.causes.lens_covered = True
    assert np.median(decoded(bench.imaging.jpeg("vl"))) < 20


def test_a_picture_asked_for_twice_within_a_frame_is_made_once(bench: Bench) -> None:
    assert bench.imaging.jpeg("ir") is bench.imaging.jpeg("ir")
    assert bench.imaging.jpeg("vl") is bench.imaging.jpeg("vl")


def test_there_are_twenty_six_different_colour_bars() -> None:
    bars = {palette(number).tobytes() for number in range(1, 27)}
    assert len(bars) == 26
    assert all(palette(number).shape == (256, 3) for number in range(1, 27))
    assert len(np.unique(palette(20), axis=0)) == 8


def test_colours_are_read_and_nonsense_is_black() -> None:
    assert colour("#ff8001") == (255, 128, 1)
    assert colour("red") == colour("#gggggg") == (0, 0, 0)
