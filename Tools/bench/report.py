"""The figures as a table for people (markdown) and a chart (SVG)."""

import os
import platform
import subprocess

# The figures of the chart: those that a user waits for.
CHART = ["Create + Start", "exec: Exec + Start + Wait", "State", "Stats", "Kill + Wait", "Delete"]
COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#9d755d", "#e45756"]


def number(value):
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, load {load} at the end"


def table(figures, shims, command):
    names = [shim.name for shim in shims]
    base = names[0]
    lines = [f"`{command}`", "", f"{machine()}.", "",
             "Medians, with quartiles in brackets; milliseconds where nothing else is said. "
             f"The ratio is to {base}.", "",
             "| | " + " | ".join(f"{name} | ratio" if name != base else name for name in names) + " |",
             "|---|" + "---|" * (2 * len(names) - 1)]
    for figure, samples in figures.samples.items():
        cells = []
        for name in names:
            median = figures.median(figure, name)
            text = number(median)
            if len(samples.get(name, [])) > 3:
                low, high = figures.spread(figure, name)
                text += f" [{number(low)}, {number(high)}]"
            cells.append(text)
            if name != base:
                reference = figures.median(figure, base)
                cells.append(f"{median / reference:.2f}" if median is not None and reference else "–")
        lines.append(f"| {figure} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def chart(figures, shims):
    """A bar for each figure and shim, as a multiple of the first shim's, with the milliseconds written beside it."""
    present = [figure for figure in CHART + list(figures.samples) if figure in figures.samples]
    shown = [figure for index, figure in enumerate(present)
             if figure not in present[:index] and (figure in CHART or figure.startswith("ctr run") or "at once" in figure)]
    height, left, width = 16, 220, 420
    base = shims[0].name
    most = max(((figures.median(figure, shim.name) or 0) / (figures.median(figure, base) or 1)
                for figure in shown for shim in shims), default=1)
    most = max(1.2, min(most, 5))
    out, y = [], 40
    for index, shim in enumerate(shims):
        out.append(f'<rect x="{left + 170 * index}" y="10" width="12" height="12" fill="{COLOURS[index % 6]}"/>'
                   f'<text x="{left + 170 * index + 18}" y="20">{shim.name}</text>')
    for figure in shown:
        middle = y + height * len(shims) / 2 + 4
        out.append(f'<text x="{left - 8}" y="{middle}" text-anchor="end">{figure}</text>')
        for index, shim in enumerate(shims):
            median, reference = figures.median(figure, shim.name), figures.median(figure, base)
            if median is not None and reference:
                bar = min(median / reference, most) / most * width
                out.append(f'<rect x="{left}" y="{y}" width="{bar:.1f}" height="{height - 2}" '
                           f'fill="{COLOURS[index % 6]}"/>'
                           f'<text x="{left + bar + 5:.1f}" y="{y + height - 5}">{number(median)} ms</text>')
            y += height
        y += 10
    one = left + width / most
    out.append(f'<line x1="{one}" y1="34" x2="{one}" y2="{y}" stroke="#888" stroke-dasharray="3 3"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" height="{y + 10}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            + "\n".join(out) + "</svg>\n")


def version(program):
    """The first line of what a program says of itself."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5).stdout.split("\n")[0]
    except (OSError, subprocess.SubprocessError):
        return "?"
