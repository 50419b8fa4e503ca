"""The words the viewers' scripts show, in the reader's language; the scripts themselves hold none."""

from __future__ import annotations

from django.utils.translation import gettext


def viewer_words() -> dict[str, str]:
    """Return every text by the name the scripts know it by. ``{x}`` is filled in by the script."""
    return {
        "stage": gettext(
            "Picture. Arrow keys move it, plus and minus change its size, 0 fits it, 1 shows it in full size. "
            "B draws a box, P a polygon; then arrow keys move the cross, Enter sets a corner, F finishes, "
            "Backspace takes a corner back, Escape stops."
        ),
        "tools": gettext("Tools of the viewer"),
        "larger": gettext("Larger"),
        "smaller": gettext("Smaller"),
        "fit": gettext("Fit"),
        "full": gettext("Full size"),
        "box": gettext("Draw a box"),
        "polygon": gettext("Draw a polygon"),
        "finish": gettext("Finish"),
        "stop": gettext("Stop drawing"),
        "locator": gettext("Locator"),
        "locator_help": gettext(
            "Says where in the item something is. It can be copied, changed and shown again."
        ),
        "show": gettext("Show"),
        "copy": gettext("Copy"),
        "copied": gettext("Copied."),
        "not_copied": gettext("Not copied: select the text and copy it."),
        "unread": gettext("This locator names no place that can be shown here."),
        "drawing_box": gettext("Set two opposite corners."),
        "drawing_polygon": gettext("Set three corners or more, then finish."),
        "too_few": gettext("A polygon needs three corners."),
        "drawn": gettext("Drawn: {locator}"),
        "no_tile": gettext("A part of the picture could not be read."),
        "no_plan": gettext("The picture could not be made: {reason}"),
        "mark": gettext("Cited here: {words}"),
        "play": gettext("Play or stop"),
        "back_frame": gettext("One frame back"),
        "next_frame": gettext("One frame on"),
        "back": gettext("5 seconds back"),
        "on": gettext("5 seconds on"),
        "rate": gettext("Frames per second"),
        "mark_in": gettext("Mark the beginning"),
        "mark_out": gettext("Mark the end"),
        "play_marked": gettext("Play what is marked"),
        "time": gettext("{seconds} s of {total} s"),
        "measured": gettext("Frames per second, measured while it played"),
        "unplayable": gettext(
            "This browser does not play this recording. Make a working copy with ffmpeg and take it in as one."
        ),
        "take_selection": gettext("Select words with the mouse or the keyboard: the locator follows."),
        "take_cell": gettext(
            "Choose cells with the mouse, or with arrow keys and Shift: the locator follows."
        ),
        "overlay": gettext("Picture on the map"),
        "strength": gettext("How strongly the picture covers the map"),
        "no_map": gettext("The map cannot be drawn in this browser."),
    }
